// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that base64, hex, handles and decimals have one text for each value, that everything else
// is refused, and that what is written is read back; and that text of others cannot drive a
// terminal.
#include "lib/base/encoding.h"

#include <limits>
#include <vector>

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Bytes whose every bit changes from one length to the next.
Bytes Pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::uint8_t>((i * 151 + size * 83 + (i >> 3)) & 0xff);
  }
  return bytes;
}

// A copy without room behind it: a sanitizer sees a read past the end.
std::optional<Bytes> DecodeExact(std::string_view text) {
  const std::vector<char> exact(text.begin(), text.end());
  return Base64Decode({exact.data(), exact.size()});
}

// RFC 4648, section 10.
void Base64HasTheVectorsOfTheRfc() {
  const std::vector<std::pair<std::string_view, std::string_view>> vectors = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"}};
  for (const auto &[plain, text] : vectors) {
    ExpectText(Base64Encode(View(plain)), text);
    const auto decoded = DecodeExact(text);
    Expect(decoded.has_value(), std::string(text));
    ExpectText(HexEncode(*decoded), HexEncode(View(plain)));
  }
}

void Base64RoundTripsEveryLength() {
  for (std::size_t size = 0; size <= 100; ++size) {
    const Bytes bytes = Pattern(size);
    const std::string text = Base64Encode(bytes);
    Expect(text.size() == Base64Length(size), "length of " + std::to_string(size) + " bytes");
    Expect(DecodeExact(text) == bytes, "round trip of " + std::to_string(size) + " bytes");
  }
}

// It is for secrets: neither a terminating zero nor anything else beside the characters.
void Base64EncodeToWritesNothingElse() {
  for (std::size_t size = 0; size <= 10; ++size) {
    const Bytes bytes = Pattern(size);
    std::string buffer(Base64Length(size) + 2, '~');
    Base64EncodeTo(bytes, buffer.data() + 1);
    ExpectText(buffer, "~" + Base64Encode(bytes) + "~");
  }
}

void Base64KnowsTheWholeAlphabet() {
  const auto bytes = DecodeExact(kAlphabet);
  Expect(bytes.has_value(), "the alphabet is base64");
  ExpectHex(
      *bytes,
      "00108310518720928b30d38f41149351559761969b71d79f8218a39259a7a29aabb2dbafc31cb3d35db7e39e"
      "bbf3dfbf");
  ExpectText(Base64Encode(*bytes), kAlphabet);
}

// Every other character, at every place of a group.
void Base64RefusesForeignCharacters() {
  for (int c = 0; c < 256; ++c) {
    if (c != 0 && kAlphabet.find(static_cast<char>(c)) != std::string_view::npos) continue;
    for (std::size_t place = 0; place < 8; ++place) {
      std::string text = "AAAAAAAA";
      text[place] = static_cast<char>(c);
      // "AAAAAAA=" is seven characters and their padding.
      if (c == '=' && place == 7) continue;
      Expect(!DecodeExact(text), "character " + std::to_string(c) + " at " + std::to_string(place));
    }
  }
}

void Base64RefusesBadPadding() {
  for (const char *text : {"A",     "AA",       "AAA",      "AAAAA",    "AA=",   "AA==A",
                           "=",     "==",       "===",      "====",     "A===",  "=AAA",
                           "AA=A",  "AA==AAAA", "AAA=AAAA", "AAAA====", "AAAA=", "AAAA==",
                           "AAA==", "AA===",    "-_-_",     "AA==AA=="}) {
    Expect(!DecodeExact(text), text);
  }
}

void Base64RefusesWhiteSpace() {
  for (const char *text : {" AAAA", "AAAA ", "AAAA\n", "AAAA\r\n\r\n", "AA AA", "AAA\nAAAA",
                           "\tAAA", "AA==\n\n\n\n"}) {
    Expect(!DecodeExact(text), text);
  }
}

// Of the 64 characters that can stand before the padding, only those without stray bits may: 4 of
// them before "==", 16 before "=". Each of the others would be a second text for the same bytes.
void Base64RefusesStrayBits() {
  std::size_t one_byte = 0;
  std::size_t two_bytes = 0;
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    const std::string last(1, kAlphabet[i]);
    const bool one = DecodeExact("A" + last + "==").has_value();
    const bool two = DecodeExact("AA" + last + "=").has_value();
    Expect(one == (i % 16 == 0), "A" + last + "==");
    Expect(two == (i % 4 == 0), "AA" + last + "=");
    one_byte += one ? 1 : 0;
    two_bytes += two ? 1 : 0;
  }
  assert_int_equal(one_byte, 4);
  assert_int_equal(two_bytes, 16);
}

void HexRoundTripsEveryLength() {
  for (std::size_t size = 0; size <= 100; ++size) {
    const Bytes bytes = Pattern(size);
    Expect(HexDecode(HexEncode(bytes)) == bytes, "round trip of " + std::to_string(size));
  }
}

void HexIsLowerCaseAndTakesEither() {
  const Bytes bytes = {0x00, 0x01, 0x9a, 0xbc, 0xde, 0xf0, 0xff};
  ExpectText(HexEncode(bytes), "00019abcdef0ff");
  Expect(HexDecode("00019ABCDEF0fF") == bytes, "either case is taken");
}

void HexRefusesOtherText() {
  for (const char *text : {"0", "000", "0g", "g0", "0x00", " 00", "00 ", "0 ", "00\n", "-1", "+1",
                           "0:00", "/0", ":0", "@0", "G0", "`0"}) {
    Expect(!HexDecode(text), text);
  }
  Expect(!HexDecode(std::string_view("0\0", 2)), "zero byte");
}

void HandlesHaveEightDigits() {
  ExpectText(FormatHandle(0), "0x00000000");
  ExpectText(FormatHandle(0x81010002), "0x81010002");
  ExpectText(FormatHandle(0xdeadbeef), "0xdeadbeef");
  for (const std::uint32_t handle : {0u, 1u, 0x81000001u, 0x7fffffffu, 0xffffffffu}) {
    Expect(ParseHandle(FormatHandle(handle)) == handle, FormatHandle(handle));
  }
  Expect(ParseHandle("0x1") == 1u, "one digit");
  Expect(ParseHandle("0x8101ABCD") == 0x8101abcdu, "upper case digits");
}

void HandlesRefuseOtherText() {
  for (const char *text : {"", "0", "0x", "x81000001", "81000001", "0X81000001", "0x100000000",
                           "0x081000001", "0x8100000g", "0x 1", " 0x1", "0x1 ", "0x1\n", "0x-1",
                           "0x+1", "0x0x1", "-0x1", "2164260865"}) {
    Expect(!ParseHandle(text), text);
  }
}

void DecimalsRespectTheirMaximum() {
  constexpr std::uint32_t kMax = std::numeric_limits<std::uint32_t>::max();
  Expect(ParseDecimal("0", 0) == 0u, "0 of 0");
  Expect(ParseDecimal("23", 23) == 23u, "23 of 23");
  Expect(!ParseDecimal("24", 23), "24 of 23");
  Expect(ParseDecimal("4294967295", kMax) == kMax, "the greatest");
  Expect(!ParseDecimal("4294967295", kMax - 1), "one too great");
}

void DecimalsRefuseOtherText() {
  constexpr std::uint32_t kMax = std::numeric_limits<std::uint32_t>::max();
  // The great ones would be 0 and 1 if they wrapped around at 32 or 64 bits.
  for (const char *text :
       {"", "-0", "-1", "+1", " 1", "1 ", "1\n", "1.0", "1e0", "0x1", "a", "1a", "4294967296",
        "4294967297", "18446744073709551616", "18446744073709551617"}) {
    Expect(!ParseDecimal(text, kMax), text);
  }
  Expect(!ParseDecimal(std::string_view("1\0", 2), kMax), "zero byte");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(Base64HasTheVectorsOfTheRfc),
      UNIT_TEST(Base64RoundTripsEveryLength),
      UNIT_TEST(Base64EncodeToWritesNothingElse),
      UNIT_TEST(Base64KnowsTheWholeAlphabet),
      UNIT_TEST(Base64RefusesForeignCharacters),
      UNIT_TEST(Base64RefusesBadPadding),
      UNIT_TEST(Base64RefusesWhiteSpace),
      UNIT_TEST(Base64RefusesStrayBits),
      UNIT_TEST(HexRoundTripsEveryLength),
      UNIT_TEST(HexIsLowerCaseAndTakesEither),
      UNIT_TEST(HexRefusesOtherText),
      UNIT_TEST(HandlesHaveEightDigits),
      UNIT_TEST(HandlesRefuseOtherText),
      UNIT_TEST(DecimalsRespectTheirMaximum),
      UNIT_TEST(DecimalsRefuseOtherText),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
