// SPDX-License-Identifier: LGPL-2.1-or-later
// NV: reading what the TPM's vendor put into its non-volatile memory. It crosses the bus in the
// clear and unauthenticated: only for what proves itself, as certificates do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/tpm/link/context.h"

namespace tpm2_sealed {

// More than any TPM has in one index; a chip's word must not make this program read for hours.
inline constexpr std::size_t kMaxNvSize = 8192;

// All bytes of an ordinary index, nothing if there is none. Authorized in the first of these ways
// that the index's attributes and the TPM allow: the index's own empty password, the owner's, the
// platform's. Throws Error(kNotSupported) if it cannot be read.
std::optional<Bytes> ReadNv(const Context &context, std::uint32_t index);

// The indices that are defined from `first` to `last`, in ascending order.
std::vector<std::uint32_t> NvIndices(const Context &context, std::uint32_t first,
                                     std::uint32_t last);

}  // namespace tpm2_sealed
