// SPDX-License-Identifier: LGPL-2.1-or-later
// Encoding: strict base64 (RFC 4648, section 4) and hex, and the text of numbers and handles.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/bytes.h"

namespace tpm2_sealed {

// The text has padding and no line breaks.
std::string Base64Encode(ByteView bytes);
// Returns the length of the text that Base64Encode() makes of `size` bytes.
constexpr std::size_t Base64Length(std::size_t size) { return (size + 2) / 3 * 4; }
// Writes Base64Length(bytes.size()) characters to `out`, without a terminating zero. It is for
// secrets, whose text must not pass through a std::string.
void Base64EncodeTo(ByteView bytes, char *out) noexcept;
// Returns nullopt unless `text` is exactly what Base64Encode() makes: without white space, with its
// padding, and with zero bits at the end of the last character.
std::optional<Bytes> Base64Decode(std::string_view text);

// The text is lower case, with two digits for each byte.
std::string HexEncode(ByteView bytes);
// Writes two digits for each byte to `out`, without a terminating zero. It is for secrets.
void HexEncodeTo(ByteView bytes, char *out) noexcept;
// Accepts upper and lower case. Returns nullopt if the length is odd or a character is not a hex
// digit.
std::optional<Bytes> HexDecode(std::string_view text);

// Returns eight lower-case digits, "0x81010002", as the token and messages have them.
std::string FormatHandle(std::uint32_t handle);
// Returns nullopt unless `text` is 0x followed by one to eight hex digits.
std::optional<std::uint32_t> ParseHandle(std::string_view text);
// Returns nullopt unless `text` is decimal digits only, and the number at most `max`.
std::optional<std::uint32_t> ParseDecimal(std::string_view text, std::uint32_t max);

}  // namespace tpm2_sealed
