// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/base/encoding.h"

#include <array>
#include <charconv>

namespace tpm2_sealed {
namespace {

constexpr std::string_view kBase64Alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kHexDigits = "0123456789abcdef";

// There are no table look-ups, since the text may encode a secret, which the cache would betray.
constexpr int Base64Value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

constexpr int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::uint32_t> ParseNumber(std::string_view digits, int base) {
  std::uint32_t value = 0;
  const char *end = digits.data() + digits.size();
  const auto result = std::from_chars(digits.data(), end, value, base);
  if (digits.empty() || result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return value;
}

}  // namespace

void Base64EncodeTo(ByteView bytes, char *out) noexcept {
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const std::uint32_t group = static_cast<std::uint32_t>(bytes[i]) << 16 |
                                static_cast<std::uint32_t>(left > 1 ? bytes[i + 1] : 0) << 8 |
                                static_cast<std::uint32_t>(left > 2 ? bytes[i + 2] : 0);
    *out++ = kBase64Alphabet[group >> 18 & 63];
    *out++ = kBase64Alphabet[group >> 12 & 63];
    *out++ = left > 1 ? kBase64Alphabet[group >> 6 & 63] : '=';
    *out++ = left > 2 ? kBase64Alphabet[group & 63] : '=';
  }
}

std::string Base64Encode(ByteView bytes) {
  std::string text(Base64Length(bytes.size()), '\0');
  Base64EncodeTo(bytes, text.data());
  return text;
}

std::optional<Bytes> Base64Decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  Bytes bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool pad = i >= text.size() - padding;
    const int value = pad ? 0 : Base64Value(text[i]);
    if (value < 0) return std::nullopt;
    group = group << 6 | static_cast<std::uint32_t>(value);
    if (i % 4 != 3) continue;
    for (int shift = 16; shift >= 0; shift -= 8) {
      bytes.push_back(static_cast<std::uint8_t>(group >> shift & 0xff));
    }
    group = 0;
  }
  // The bits that padding replaces must be zero, or two texts would mean the same bytes.
  for (std::size_t i = 0; i < padding; ++i) {
    if (bytes.back() != 0) return std::nullopt;
    bytes.pop_back();
  }
  if (padding > 0 && Base64Encode(bytes) != text) return std::nullopt;
  return bytes;
}

void HexEncodeTo(ByteView bytes, char *out) noexcept {
  for (const std::uint8_t byte : bytes) {
    *out++ = kHexDigits[byte >> 4];
    *out++ = kHexDigits[byte & 15];
  }
}

std::string HexEncode(ByteView bytes) {
  std::string text(bytes.size() * 2, '\0');
  HexEncodeTo(bytes, text.data());
  return text;
}

std::optional<Bytes> HexDecode(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = HexValue(text[i]);
    const int low = HexValue(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return bytes;
}

std::string FormatHandle(std::uint32_t handle) {
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(handle >> (24 - 8 * i) & 0xff);
  }
  return "0x" + HexEncode(bytes);
}

std::optional<std::uint32_t> ParseHandle(std::string_view text) {
  if (text.size() < 3 || text.size() > 10 || !text.starts_with("0x")) return std::nullopt;
  return ParseNumber(text.substr(2), 16);
}

std::optional<std::uint32_t> ParseDecimal(std::string_view text, std::uint32_t max) {
  const auto value = ParseNumber(text, 10);
  return value && *value <= max ? value : std::nullopt;
}

}  // namespace tpm2_sealed
