// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that the canonical JSON text is that of RFC 8785: what is sorted, what is escaped, which
// numbers there are.
#include "lib/format/canonical_json.h"

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

std::string TextOf(std::string_view value) { return CanonicalObject().Set("a", value).Text(); }

void AnEmptyObjectIsTwoBraces() {
  ExpectText(CanonicalObject().Text(), "{}");
  ExpectText(CanonicalObject().Set("a", CanonicalObject()).Text(), R"({"a":{}})");
}

void ValuesStandWithoutWhiteSpace() {
  ExpectText(CanonicalObject()
                 .Set("text", "b c")
                 .Set("yes", true)
                 .Set("no", false)
                 .Set("number", std::uint64_t{15})
                 .Set("object", CanonicalObject().Set("x", "y"))
                 .Text(),
             R"({"no":false,"number":15,"object":{"x":"y"},"text":"b c","yes":true})");
}

// By bytes, not by numbers, and bytes are unsigned: 0xc3 comes after 'z'.
void NamesAreSortedByTheirBytes() {
  CanonicalObject object;
  for (const char *name : {"z", "7", "15", "0", "\xc3\xa4", "a", "aa", "B", "", "_"}) {
    object.Set(name, true);
  }
  ExpectText(object.Text(),
             "{\"\":true,\"0\":true,\"15\":true,\"7\":true,\"B\":true,\"_\":true,"
             "\"a\":true,\"aa\":true,\"z\":true,\"\xc3\xa4\":true}");
}

void OnlyTheLastOfTwoNamesCounts() {
  ExpectText(CanonicalObject().Set("a", "1").Set("a", std::uint64_t{2}).Text(), R"({"a":2})");
}

void WhatRfc8785EscapesIsEscaped() {
  ExpectText(TextOf("\b\t\n\f\r\"\\"), R"({"a":"\b\t\n\f\r\"\\"})");
  ExpectText(TextOf(std::string_view("\0\x01\x0b\x0e\x1f", 5)),
             R"({"a":"\u0000\u0001\u000b\u000e\u001f"})");
  ExpectText(CanonicalObject().Set("\"\n", true).Text(), R"({"\"\n":true})");
}

// In particular not '/', which json-c escapes by default, and nothing beyond ASCII.
void EverythingElseStandsAsItIs() {
  for (int c = 0x20; c < 0x80; ++c) {
    if (c == '"' || c == '\\') continue;
    const std::string text(1, static_cast<char>(c));
    ExpectText(TextOf(text), "{\"a\":\"" + text + "\"}");
  }
  // u with diaeresis in one and in two code points stay different: no normalisation.
  for (const char *text : {"\xc3\xbc", "u\xcc\x88", "\xe2\x80\xa8", "\xf0\x9f\x94\x91"}) {
    ExpectText(TextOf(text), std::string("{\"a\":\"") + text + "\"}");
  }
}

void WhatIsNoUtf8IsRefused() {
  for (const char *text : {"\xff", "\xc3", "\xed\xa0\x80"}) {
    ExpectError(
        Reason::kBadToken, [&] { (void)TextOf(text); }, "not UTF-8");
    ExpectError(
        Reason::kBadToken, [&] { (void)CanonicalObject().Set(text, true).Text(); }, "not UTF-8");
  }
}

void NumbersGoTo2To53() {
  const std::uint64_t most = 9007199254740991;
  ExpectText(CanonicalObject().Set("a", std::uint64_t{0}).Text(), R"({"a":0})");
  ExpectText(CanonicalObject().Set("a", most).Text(), R"({"a":9007199254740991})");
  ExpectError(
      Reason::kBadToken, [&] { (void)CanonicalObject().Set("a", most + 1); }, "above 2^53-1");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(AnEmptyObjectIsTwoBraces),    UNIT_TEST(ValuesStandWithoutWhiteSpace),
      UNIT_TEST(NamesAreSortedByTheirBytes),  UNIT_TEST(OnlyTheLastOfTwoNamesCounts),
      UNIT_TEST(WhatRfc8785EscapesIsEscaped), UNIT_TEST(EverythingElseStandsAsItIs),
      UNIT_TEST(WhatIsNoUtf8IsRefused),       UNIT_TEST(NumbersGoTo2To53),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
