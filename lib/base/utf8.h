// SPDX-License-Identifier: LGPL-2.1-or-later
// Utf8: text from outside, made fit for JSON, for a terminal and for a log. A header or a chip may
// have written it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tpm2_sealed {

// Whether `text` is well-formed UTF-8 (RFC 3629), as everything in JSON has to be.
bool IsUtf8(std::string_view text);

// `text` with '?' for every byte that is no part of a UTF-8 character.
std::string AsUtf8(std::string text);

// Whether a terminal shows the character as itself and goes on behind it. It does not for control
// characters (both sets, and DEL), for line and paragraph separators, for what changes the
// direction of the text or has no width (U+202E, U+200B), and for code points that have no meaning
// of their own (private use, noncharacters).
bool IsShown(std::uint32_t code_point);

// `text` for a terminal or a log: '?' in the place of each character that is not shown, and of each
// byte that is no UTF-8.
std::string Printable(std::string text);

// `json`, a JSON text, with \u escapes in the place of the characters that are not shown: it means
// the same, and can be looked at. Line breaks between the values stay.
std::string WithEscapes(std::string_view json);

}  // namespace tpm2_sealed
