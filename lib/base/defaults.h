// SPDX-License-Identifier: LGPL-2.1-or-later
// Defaults: numbers from specifications that several folders use, and what this project chooses by
// default.
#pragma once

#include <cstdint>
#include <string_view>

namespace tpm2_sealed {

inline constexpr std::uint32_t kPcrCount = 24;  // TCG PC Client Platform TPM Profile, section 4.6

// A LUKS2 header has at most so many of each: LUKS2 on-disk format 1.1.1, sections 3.2 and 3.5.
inline constexpr int kLuksKeyslots = 32;
inline constexpr int kLuksTokens = 32;

// What enroll and seal choose by default.
inline constexpr std::string_view kDefaultBank = "sha256";
inline constexpr std::uint32_t kDefaultPcr = 7;
// The only PCR from 8 up that nothing extends before the volumes are open, unless the admin asks.
inline constexpr std::uint32_t kDefaultLatchPcr = 15;

}  // namespace tpm2_sealed
