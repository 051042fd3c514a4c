// SPDX-License-Identifier: LGPL-2.1-or-later
// Bytes: public binary data. Secrets live in SecretBytes (secret.h), never here.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tpm2_sealed {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

}  // namespace tpm2_sealed
