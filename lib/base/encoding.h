// SPDX-License-Identifier: LGPL-2.1-or-later
// Strict base64 (RFC 4648 section 4) and hex: one text for each byte string, everything else
// refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/bytes.h"

namespace tpm2_sealed {

// With padding, without line breaks.
std::string Base64Encode(ByteView bytes);
// Length of Base64Encode() of `size` bytes.
constexpr std::size_t Base64Length(std::size_t size) { return (size + 2) / 3 * 4; }
// Writes Base64Length(bytes.size()) characters to `out`, without a terminating zero: for secrets,
// whose text must not pass through a std::string.
void Base64EncodeTo(ByteView bytes, char *out) noexcept;
// Nothing if `text` is not exactly what Base64Encode() would give: no white space, no missing
// padding, no stray bits in the last character.
std::optional<Bytes> Base64Decode(std::string_view text);

// Lower case, two digits a byte.
std::string HexEncode(ByteView bytes);
// Writes two digits for each byte to `out`, without a terminating zero: for secrets.
void HexEncodeTo(ByteView bytes, char *out) noexcept;
// Nothing if the length is odd or a character is no hex digit. Either case is taken.
std::optional<Bytes> HexDecode(std::string_view text);

// "0x81010002": eight lower-case digits, as handles are written in the token and in messages.
std::string FormatHandle(std::uint32_t handle);
// Nothing unless `text` is 0x followed by one to eight hex digits.
std::optional<std::uint32_t> ParseHandle(std::string_view text);
// Decimal digits only, at most `max`; nothing otherwise.
std::optional<std::uint32_t> ParseDecimal(std::string_view text, std::uint32_t max);

}  // namespace tpm2_sealed
