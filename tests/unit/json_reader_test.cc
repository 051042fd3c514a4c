// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that a token that is no JSON, or not all of it, is refused with the reason, and that no
// text whatever does anything worse than being refused.
#include "lib/format/json_reader.h"

#include "tests/unit/sample_record.h"
#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

// Parses a copy without room behind it: a sanitizer sees a read past the end.
void ParseText(std::string_view text, JsonLimits limits = kTokenLimits) {
  const std::vector<char> exact(text.begin(), text.end());
  (void)ParseJsonObject({exact.data(), exact.size()}, limits);
}

void ExpectNoJson(std::string_view text, std::string_view problem, Where where = Where::Here()) {
  ExpectError(
      Reason::kBadToken, [&] { ParseText(text); },
      "the token is not valid JSON: " + std::string(problem), where);
}

// `levels` objects and arrays, one in the other, around `innermost`.
std::string Nested(int levels, const std::string &innermost = "") {
  const auto arrays = static_cast<std::size_t>(levels - 1);
  return levels == 1
             ? "{" + innermost + "}"
             : R"({"x":)" + std::string(arrays, '[') + innermost + std::string(arrays, ']') + "}";
}

void OnlyObjectsAreTaken() {
  ParseText("{}");
  ParseText(" \r\n\t{ } \r\n\t");
  for (const char *text : {"[]", "\"{}\"", "[{}]"}) ExpectNoJson(text, "it is not an object");
  for (const char *text : {"null", "1", "true"}) ExpectNoJson(text, "");
}

void NonsenseIsRefused() {
  for (const char *text : {"}", "{]", "{\"a\"}", "{\"a\" 1}", "{\"a\":}", "{\"a\":1 \"b\":2}",
                           "{a:1}", "{\"a\":0x1}", "{\"a\":\"\\x\"}", "\xef\xbb\xbf{}", "text"}) {
    ExpectNoJson(text, "");
  }
}

void ATextThatEndsTooEarlyIsRefused() {
  for (const char *text : {"", " ", "\n\n", "{", "{\"a", "{\"a\":1", "{\"a\":[", "{\"a\":{}"}) {
    ExpectNoJson(text, "it ends too early");
  }
}

void NothingMayFollowTheObject() {
  for (const char *text : {"{}x", "{}{}", "{} {}", "{}}", "{}]", "{},", "{}\n\n\"\"", "{}\v"}) {
    ExpectNoJson(text, "something follows after its end");
  }
  // json-c takes comments, but not half a one.
  for (const char *text : {"{}//", "{}/*", "{}/"}) ExpectNoJson(text, "");
  ExpectNoJson({"{}\0", 3}, "something follows after its end");
  ExpectNoJson({"{}\0{}", 5}, "something follows after its end");
}

// To C a zero byte is the end of a text; here it is a damage.
void AZeroByteDoesNotEndTheText() {
  const std::string json = FullRecord().ToJson();
  for (std::size_t i = 0; i < json.size(); ++i) {
    std::string damaged = json;
    damaged[i] = '\0';
    ExpectError(
        Reason::kBadToken, [&] { (void)ParseExact(damaged); }, "token");
    damaged.insert(i + 1, 1, json[i]);
    ExpectError(
        Reason::kBadToken, [&] { (void)ParseExact(damaged); }, "token");
  }
}

// A token 31 deep would be imported and then make the whole header unreadable.
void NestingIsLimited() {
  ParseText(Nested(1));
  ParseText(Nested(15, "1"));
  ParseText(Nested(16));
  for (const int levels : {17, 18, 30, 31, 32, 33, 1000, 10000}) {
    ExpectNoJson(Nested(levels), "it is nested more than 16 levels deep");
    // Before it ends, too.
    ExpectNoJson(Nested(levels).substr(0, static_cast<std::size_t>(levels) + 5),
                 "it is nested more than 16 levels deep");
  }
  // A header may be as deep as libcryptsetup reads it.
  ParseText(Nested(32), kHeaderLimits);
  ExpectError(
      Reason::kBadToken, [] { ParseText(Nested(33), kHeaderLimits); }, "32 levels deep");
}

// In a token, among the fields that it does not know.
void NestingOfATokenIsLimited() {
  const std::string json = FullRecord().ToJson();
  const auto with_depth = [&](std::size_t levels) {
    const std::string value = std::string(levels - 1, '[') + std::string(levels - 1, ']');
    return json.substr(0, json.size() - 1) + R"(,"x":)" + value + "}";
  };
  (void)ParseExact(with_depth(16));
  ExpectRefused(with_depth(17), "it is nested more than 16 levels deep");
  ExpectRefused(with_depth(31), "it is nested more than 16 levels deep");
}

void TheSizeIsLimited() {
  const std::string json = FullRecord().ToJson();
  (void)ParseExact(json + std::string(65536 - json.size(), ' '));
  ExpectRefused(json + std::string(65536 - json.size() + 1, ' '), "it is longer than 64 KiB");
  ExpectNoJson(std::string(5000000, '{'), "it is longer than 64 KiB");
  const std::string greatest = "{}" + std::string(4 * 1024 * 1024 - 2, ' ');
  ParseText(greatest, kHeaderLimits);
  ExpectError(
      Reason::kBadToken, [&] { ParseText(greatest + " ", kHeaderLimits); }, "4096 KiB");
}

// A header torn while it was written, wherever: the token must not pass for a shorter one.
void EveryTruncationIsRefused() {
  const std::string json = FullRecord().ToJson();
  (void)ParseExact(json);
  for (std::size_t size = 0; size < json.size(); ++size) {
    ExpectRefused(json.substr(0, size), "the token is not valid JSON: it ends too early");
  }
}

void EveryMissingBeginningIsRefused() {
  const std::string json = FullRecord().ToJson();
  for (std::size_t start = 1; start < json.size(); ++start) {
    ExpectRefused(json.substr(start), "the token");
  }
}

// One byte altered, at every place. Some of these are tokens too (another digit of a PCR value);
// whatever is taken must be one that can be written again, and nothing else than an Error thrown.
void EveryAlteredByteIsAnswered() {
  const std::string json = FullRecord().ToJson();
  std::size_t refused = 0;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < json.size(); ++i) {
    for (const char c : {'"', '\\', '{', ']', ',', '0', 'A', ' ', '\n', '\x7f', '\xff'}) {
      std::string altered = json;
      altered[i] = c;
      try {
        const TokenRecord record = ParseExact(altered);
        Expect(record.ToJson() == ParseExact(record.ToJson()).ToJson(),
               "written again: " + altered);
        ++taken;
      } catch (const Error &error) {
        Expect(error.reason() == Reason::kBadToken, altered);
        ++refused;
      }
    }
  }
  Expect(refused > taken && taken > 0, "both are shown");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(OnlyObjectsAreTaken),
      UNIT_TEST(NonsenseIsRefused),
      UNIT_TEST(ATextThatEndsTooEarlyIsRefused),
      UNIT_TEST(NothingMayFollowTheObject),
      UNIT_TEST(AZeroByteDoesNotEndTheText),
      UNIT_TEST(NestingIsLimited),
      UNIT_TEST(NestingOfATokenIsLimited),
      UNIT_TEST(TheSizeIsLimited),
      UNIT_TEST(EveryTruncationIsRefused),
      UNIT_TEST(EveryMissingBeginningIsRefused),
      UNIT_TEST(EveryAlteredByteIsAnswered),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
