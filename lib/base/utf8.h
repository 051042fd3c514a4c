// SPDX-License-Identifier: LGPL-2.1-or-later
// Utf8: makes text from outside, such as a header or a chip, safe for JSON, for a terminal and for
// a log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tpm2_sealed {

// Returns whether `text` is well-formed UTF-8 (RFC 3629), which JSON requires.
bool IsUtf8(std::string_view text);

// Returns `text` with '?' for every byte that does not belong to a UTF-8 character.
std::string AsUtf8(std::string text);

// Returns whether a terminal shows the character as itself and continues after it. That is not so
// for control characters (C0, C1 and DEL), for line and paragraph separators, for characters that
// change the direction of the text or have no width (U+202E, U+200B), and for code points without a
// meaning of their own (private use, noncharacters).
bool IsShown(std::uint32_t code_point);

// Returns `text` for a terminal or a log, with '?' for each character that is not shown, and for
// each byte that is not UTF-8.
std::string Printable(std::string text);

// Returns `json`, a JSON text, with \u escapes for the characters that are not shown. It means the
// same, and is safe to print. Line breaks between the values stay.
std::string WithEscapes(std::string_view json);

}  // namespace tpm2_sealed
