// SPDX-License-Identifier: LGPL-2.1-or-later
// NV: reads the TPM's non-volatile memory. The data crosses the bus in the clear and
// unauthenticated, so this is only for data that proves itself, such as certificates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/tpm/link/context.h"

namespace tpm2_sealed {

// In bytes; no TPM has so many in one index. The limit keeps a chip from making this program read
// for hours.
inline constexpr std::size_t kMaxNvSize = 8192;

// Returns all bytes of an ordinary index; nullopt if the index is not defined. The first empty
// password that the index's attributes and the TPM allow authorizes it: the index's own, the
// owner's, or the platform's. Throws Error(kNotSupported) if it cannot be read.
std::optional<Bytes> ReadNv(const Context &context, std::uint32_t index);

// Returns the defined indices from `first` to `last`, in ascending order.
std::vector<std::uint32_t> NvIndices(const Context &context, std::uint32_t first,
                                     std::uint32_t last);

}  // namespace tpm2_sealed
