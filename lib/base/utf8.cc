// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/base/utf8.h"

#include <algorithm>
#include <array>
#include <optional>

namespace tpm2_sealed {
namespace {

struct Character {
  std::uint32_t point = 0;
  std::size_t size = 0;  // in bytes
};

// Returns the character that `text` begins with, or nullopt if that is not well-formed. `text` is
// not empty.
std::optional<Character> FirstOf(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t size = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || size > text.size()) return std::nullopt;
  std::uint32_t point = size == 1 ? lead : lead & (0xffu >> (size + 1));
  for (std::size_t k = 1; k < size; ++k) {
    const auto next = static_cast<unsigned char>(text[k]);
    if ((next & 0xc0) != 0x80) return std::nullopt;
    point = point << 6 | (next & 0x3f);
  }
  // This is an overlong form, a surrogate, or beyond Unicode (RFC 3629, section 3).
  if ((size == 3 && point < 0x800) || (size == 4 && point < 0x10000) || point > 0x10ffff ||
      (point >= 0xd800 && point <= 0xdfff)) {
    return std::nullopt;
  }
  return Character{.point = point, .size = size};
}

struct Range {
  std::uint32_t first, last;
};

// Unicode 15: the general categories Cc, Cf, Zl, Zp, Cs and Co, the property
// Default_Ignorable_Code_Point, and the noncharacters, in ascending order. IsShown() finds the
// noncharacters at the end of each plane by their last 16 bits.
constexpr std::array kNotShown = {
    Range{0x0000, 0x001f},   Range{0x007f, 0x009f},   Range{0x00ad, 0x00ad},
    Range{0x034f, 0x034f},   Range{0x0600, 0x0605},   Range{0x061c, 0x061c},
    Range{0x06dd, 0x06dd},   Range{0x070f, 0x070f},   Range{0x0890, 0x0891},
    Range{0x08e2, 0x08e2},   Range{0x115f, 0x1160},   Range{0x17b4, 0x17b5},
    Range{0x180b, 0x180f},   Range{0x200b, 0x200f},   Range{0x2028, 0x202e},
    Range{0x2060, 0x206f},   Range{0x3164, 0x3164},   Range{0xd800, 0xf8ff},
    Range{0xfdd0, 0xfdef},   Range{0xfe00, 0xfe0f},   Range{0xfeff, 0xfeff},
    Range{0xffa0, 0xffa0},   Range{0xfff0, 0xfffb},   Range{0x110bd, 0x110bd},
    Range{0x110cd, 0x110cd}, Range{0x13430, 0x1343f}, Range{0x1bca0, 0x1bca3},
    Range{0x1d173, 0x1d17a}, Range{0xe0000, 0xe0fff}, Range{0xf0000, 0xffffffff},
};

void AppendEscape(std::string &out, std::uint32_t unit) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[unit >> shift & 15];
}

}  // namespace

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const auto first = FirstOf(text);
    if (!first) return false;
    text.remove_prefix(first->size);
  }
  return true;
}

std::string AsUtf8(std::string text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = FirstOf(std::string_view(text).substr(i));
    if (!first) text[i] = '?';
    i += first ? first->size : 1;
  }
  return text;
}

bool IsShown(std::uint32_t code_point) {
  if ((code_point & 0xfffe) == 0xfffe) return false;
  // This is the first range that does not end before the code point.
  const auto *range =
      std::lower_bound(kNotShown.begin(), kNotShown.end(), code_point,
                       [](const Range &r, std::uint32_t point) { return r.last < point; });
  return range == kNotShown.end() || code_point < range->first;
}

std::string Printable(std::string text) {
  std::string shown;
  shown.reserve(text.size());
  for (std::string_view left = text; !left.empty();) {
    // Some terminals take a byte that is not UTF-8 for a control character.
    const Character first = FirstOf(left).value_or(Character{.point = 0, .size = 1});
    if (IsShown(first.point)) {
      shown += left.substr(0, first.size);
    } else {
      shown += '?';
    }
    left.remove_prefix(first.size);
  }
  return shown;
}

std::string WithEscapes(std::string_view json) {
  const std::string text = AsUtf8(std::string(json));
  std::string escaped;
  escaped.reserve(text.size());
  for (std::string_view left = text; !left.empty();) {
    const Character first = *FirstOf(left);
    // JSON has control characters only outside of strings, as line breaks and indentation.
    if (first.point < 0x20 || IsShown(first.point)) {
      escaped += left.substr(0, first.size);
    } else if (first.point < 0x10000) {
      AppendEscape(escaped, first.point);
    } else {
      AppendEscape(escaped, 0xd800 + ((first.point - 0x10000) >> 10));
      AppendEscape(escaped, 0xdc00 + (first.point & 0x3ff));
    }
    left.remove_prefix(first.size);
  }
  return escaped;
}

}  // namespace tpm2_sealed
