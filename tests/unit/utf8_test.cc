// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that what a header or a chip wrote does nothing to a terminal: neither in words nor in
// JSON, which means the same afterwards.
#include "lib/base/utf8.h"

#include <json-c/json.h>

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

// A label may say "erase the screen", or end the line and forge another message.
void PrintableHasNoControlCharacters() {
  for (unsigned c = 0; c < 0x80; ++c) {
    const char plain = static_cast<char>(c);
    const char expected = c < 0x20 || c == 0x7f ? '?' : plain;
    ExpectText(Printable({'a', plain, 'b'}), std::string{'a', expected, 'b'});
  }
  ExpectText(Printable("Schl\xc3\xbcssel \xe2\x82\xac \xf0\x9f\x94\x91"),
             "Schl\xc3\xbcssel \xe2\x82\xac \xf0\x9f\x94\x91");
  ExpectText(Printable(""), "");
}

// U+0080 to U+009F are control characters too: U+009B begins what ESC and [ begin.
void PrintableHasNoControlCharactersOf8Bits() {
  for (unsigned c = 0x80; c < 0xa0; ++c) {
    const std::string control = {'\xc2', static_cast<char>(c)};
    Expect(Printable("a" + control + "2J").find(control) == std::string::npos,
           "no control character " + std::to_string(c));
  }
  ExpectText(Printable("\xc2\xa0\xc2\xbf"), "\xc2\xa0\xc2\xbf");
}

// A terminal of 8-bit characters obeys 0x9b alone.
void PrintableIsUtf8() {
  for (unsigned c = 0x80; c <= 0xff; ++c) {
    ExpectText(Printable({'a', static_cast<char>(c), '2', 'J'}), "a?2J");
    ExpectText(Printable({'a', static_cast<char>(c)}), "a?");
  }
  ExpectText(Printable("\xe2\x82\x9b"
                       "2J"),
             "\xe2\x82\x9b"
             "2J");
  for (const char *broken :
       {"\xe2\x82", "\xc0\x9b", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\xc2"}) {
    Expect(!IsUtf8(broken), "broken");
    ExpectText(AsUtf8(broken), std::string(std::string_view(broken).size(), '?'));
  }
  ExpectText(AsUtf8("\xe2\x82\xac\x9b\n"), "\xe2\x82\xac?\n");
}

// Each turns a sentence round, hides a part of it, or breaks its line: U+202E and its kind, what
// has no width, separators, and code points without a meaning of their own.
const std::vector<std::string> kNotShown = {
    "\xc2\xad",          // U+00AD soft hyphen
    "\xd8\x9c",          // U+061C Arabic letter mark
    "\xe1\xa0\x8e",      // U+180E Mongolian vowel separator
    "\xe2\x80\x8b",      // U+200B zero width space
    "\xe2\x80\x8d",      // U+200D zero width joiner
    "\xe2\x80\x8e",      // U+200E left-to-right mark
    "\xe2\x80\x8f",      // U+200F right-to-left mark
    "\xe2\x80\xa8",      // U+2028 line separator
    "\xe2\x80\xa9",      // U+2029 paragraph separator
    "\xe2\x80\xaa",      // U+202A left-to-right embedding
    "\xe2\x80\xae",      // U+202E right-to-left override
    "\xe2\x81\xa0",      // U+2060 word joiner
    "\xe2\x81\xa6",      // U+2066 left-to-right isolate
    "\xe2\x81\xa9",      // U+2069 pop directional isolate
    "\xe3\x85\xa4",      // U+3164 Hangul filler
    "\xee\x80\x80",      // U+E000 private use
    "\xef\xb7\x90",      // U+FDD0 noncharacter
    "\xef\xb8\x8f",      // U+FE0F variation selector
    "\xef\xbb\xbf",      // U+FEFF byte order mark
    "\xef\xbf\xb9",      // U+FFF9 interlinear annotation anchor
    "\xef\xbf\xbf",      // U+FFFF noncharacter
    "\xf0\x9d\x85\xb3",  // U+1D173 musical symbol begin beam
    "\xf0\x9f\xbf\xbe",  // U+1FFFE noncharacter
    "\xf3\xa0\x80\x81",  // U+E0001 language tag
    "\xf3\xa0\x81\x81",  // U+E0041 tag letter
    "\xf3\xb0\x80\x80",  // U+F0000 private use
    "\xf4\x8f\xbf\xbf",  // U+10FFFF noncharacter
};

void PrintableHasNoCharacterThatIsNotShown() {
  for (const std::string &character : kNotShown) {
    Expect(IsUtf8(character), "well-formed");
    ExpectText(Printable("a" + character + "b"), "a?b");
  }
}

// The neighbours of the ranges, and scripts that need no such character.
void PrintableLeavesLettersAndSymbols() {
  for (const std::string text :
       {"\xc2\xac\xc2\xae", "\xe2\x80\x8a", "\xe2\x80\x90\xe2\x80\xa7", "\xe2\x80\xaf",
        "\xe2\x81\x9f\xe2\x81\xb0", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "\xd9\x85\xd8\xb1",
        "\xe6\x97\xa5\xe6\x9c\xac", "\xef\xbf\xbd", "\xf0\x9f\x94\x91"}) {
    ExpectText(Printable(text), text);
  }
  Expect(IsShown(0xd7ff) && !IsShown(0xd800) && !IsShown(0xf8ff) && IsShown(0xf900), "surrogates");
  Expect(IsShown(0x7e) && !IsShown(0x7f) && !IsShown(0x9f) && IsShown(0xa0), "the second set");
}

// What `text` means as JSON, if it is some.
std::string Parsed(const std::string &text) {
  json_object *object = json_tokener_parse(text.c_str());
  const char *string = json_object_get_string(object);
  std::string meaning = string != nullptr ? string : "none";
  json_object_put(object);
  return meaning;
}

void JsonKeepsItsMeaning() {
  ExpectText(WithEscapes("{\n  \"a\":\"\xc2\x9b\x7f\"\n}"), "{\n  \"a\":\"\\u009b\\u007f\"\n}");
  ExpectText(WithEscapes("\"\xe2\x80\xae\""), "\"\\u202e\"");
  ExpectText(WithEscapes("\"\xf3\xa0\x80\x81\""), "\"\\udb40\\udc01\"");
  ExpectText(WithEscapes("\"Schl\xc3\xbcssel\""), "\"Schl\xc3\xbcssel\"");
  for (const std::string &character : kNotShown) {
    const std::string escaped = WithEscapes("\"a" + character + "b\"");
    Expect(escaped.find(character) == std::string::npos, "escaped");
    ExpectText(Parsed(escaped), "a" + character + "b");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(PrintableHasNoControlCharacters),
      UNIT_TEST(PrintableHasNoControlCharactersOf8Bits),
      UNIT_TEST(PrintableIsUtf8),
      UNIT_TEST(PrintableHasNoCharacterThatIsNotShown),
      UNIT_TEST(PrintableLeavesLettersAndSymbols),
      UNIT_TEST(JsonKeepsItsMeaning),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
