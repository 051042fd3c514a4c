// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that a field of the right type whose value is out of range, too long or written in another
// form than the one that it has is refused, with the name of the field.
#include "lib/format/token_record.h"

#include "tests/unit/sample_record.h"
#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

std::string Valid() { return FullRecord().ToJson(); }

// A whole number stays one only without a fraction and an exponent.
void NumbersAreWholeNumbers() {
  for (const char *path :
       {"version", "policy.latch", "pin.memory_kib", "pin.iterations", "pin.lanes"}) {
    for (const char *value : {"1.0", "15.0", "1e0", "1E1", "-0.0"}) {
      ExpectRefused(
          WithField(Valid(), path, value),
          std::string("token field ") + path + ": must be a whole number, not a fraction");
    }
  }
}

void NumbersOutOfRangeAreRefused() {
  // The great ones would be 15, 1 and 1 if they wrapped around at 32 or 64 bits.
  for (const char *value : {"-1", "24", "4294967311", "18446744073709551631",
                            "-9223372036854775808", "-9223372036854775809"}) {
    ExpectRefused(WithField(Valid(), "policy.latch", value),
                  "token field policy.latch: must be from");
  }
  for (const char *path : {"pin.memory_kib", "pin.iterations", "pin.lanes"}) {
    for (const char *value : {"-1", "0", "4294967297", "18446744073709551617"}) {
      ExpectRefused(WithField(Valid(), path, value),
                    std::string("token field ") + path + ": must be from ");
    }
  }
  ExpectRefused(WithField(Valid(), "pin.memory_kib", "7"), "token field pin.memory_kib: ");
  ExpectRefused(WithField(Valid(), "pin.lanes", "2"), "token field pin.lanes: ");
}

void KeyslotsAreTheirNumbersAsStrings() {
  for (const char *value :
       {R"(["32"])", R"(["01"])", R"(["00"])", R"(["-1"])", R"([""])", R"([" 1"])", R"(["1 "])",
        R"(["0x1"])", R"(["1","a"])", R"(["4294967297"])"}) {
    ExpectRefused(WithField(Valid(), "keyslots", value), "token field keyslots: '");
  }
  ExpectRefused(WithField(Valid(), "keyslots", R"(["1\u0000"])"),
                "token field keyslots: contains a zero byte");
  for (const char *value : {"[1]", "[null]", R"(["1",2])", R"([["1"]])", R"([{}])"}) {
    ExpectRefused(WithField(Valid(), "keyslots", value),
                  "token field keyslots: must contain strings only");
  }
}

void HandlesHaveTheirForm() {
  for (const char *path : {"session.salt_key.handle", "parent.handle"}) {
    for (const char *value : {"", "0x", "81000001", "0X81000001", "0x100000000", "0x8100000g",
                              "-0x1", " 0x81000001", "2164260865"}) {
      ExpectRefused(WithField(Valid(), path, Quoted(value).c_str()),
                    std::string("token field ") + path + ": is not a handle");
    }
  }
}

const std::vector<std::pair<std::string, std::size_t>> kBase64Fields = {
    {"session.salt_key.public", 2048}, {"session.salt_key.esys", 4096},
    {"parent.public", 2048},           {"parent.esys", 4096},
    {"sealed.public", 2048},           {"sealed.private", 2048},
};

void Base64IsStrict() {
  std::vector<std::string> paths = {"pin.salt"};
  for (const auto &[path, size] : kBase64Fields) paths.push_back(path);
  for (const std::string &path : paths) {
    for (const char *value : {"", "A", "AA", "AAA", "AB==", "AAB=", "AA==AA==", "AA =", " AA==",
                              "AA==\\n", "AAAA\\n", "A-_A", "====", "zz*="}) {
      ExpectRefused(WithField(Valid(), path, Quoted(value).c_str()),
                    "token field " + path + ": is not valid base64");
    }
  }
}

void OversizeIsRefused() {
  for (const auto &[path, size] : kBase64Fields) {
    const std::string fits = Quoted(Base64Encode(Bytes(size, 1)));
    (void)ParseExact(WithField(Valid(), path, fits.c_str()));
    // The first of these may need no character more: the limit is one of bytes.
    for (const std::size_t more : {1u, 2u, 3u, 1000u}) {
      const std::string long_text = Quoted(Base64Encode(Bytes(size + more, 1)));
      ExpectRefused(WithField(Valid(), path, long_text.c_str()),
                    "token field " + path + ": is longer than the ");
    }
  }
  for (const std::size_t size : {1u, 31u, 33u, 64u}) {
    const std::string salt = Quoted(Base64Encode(Bytes(size, 1)));
    ExpectRefused(WithField(Valid(), "pin.salt", salt.c_str()), "token field pin.salt: ");
  }
  for (const char *path : {"label", "created"}) {
    const std::string text = Quoted(std::string(257, 'a'));
    ExpectRefused(WithField(Valid(), path, text.c_str()),
                  std::string("token field ") + path + ": is");
  }
}

void CertificatesSayWhatWasVerified() {
  // A token says of a certificate that it was verified, or nothing.
  ExpectRefused(WithField(Valid(), "ek_certificate.verified", "false"),
                "token field ek_certificate.verified: must be true");
  for (const std::string &serial : {std::string(), std::string("0"), std::string("0x1a"),
                                    std::string("-1a"), std::string(66, 'a')}) {
    ExpectRefused(WithField(Valid(), "ek_certificate.serial", Quoted(serial).c_str()),
                  "token field ek_certificate.serial: must be 1 to 32 bytes");
  }
  (void)ParseExact(
      WithField(Valid(), "ek_certificate.serial", Quoted(std::string(64, 'a')).c_str()));
  ExpectRefused(WithField(Valid(), "ek_certificate.issuer", Quoted(std::string(257, 'a')).c_str()),
                "token field ek_certificate.issuer: is longer");
  const std::string newer = WithField(Valid(), "ek_certificate.later", "[1]");
  Expect(ParseExact(newer).ek_certificate == FullRecord().ek_certificate, "unknown fields");
  Expect(WithoutField(newer, kPendingField).find("\"later\":[1]") != std::string::npos, "are kept");
}

// "07" would be another name of PCR 7, and the same PCR could be there twice.
void PcrNumbersHaveOneForm() {
  const std::string value = Quoted(std::string(64, 'a'));
  for (const char *number : {"24", "07", "00", "-1", "+7", " 7", "7 ", "", "0x7", "7a", "255",
                             "4294967303", "18446744073709551623"}) {
    const std::string path = std::string("policy.pcr.values.") + number;
    ExpectRefused(WithField(Valid(), path, value.c_str()),
                  "token field " + path + ": is not a PCR number (0 to 23)");
  }
}

void PcrValuesHaveTheBanksSize() {
  const std::string path = "policy.pcr.values.7";
  for (const std::size_t digits : {0u, 2u, 40u, 62u, 63u, 65u, 66u, 96u, 128u}) {
    ExpectRefused(WithField(Valid(), path, Quoted(std::string(digits, 'a')).c_str()),
                  "token field " + path + ": must be 32 bytes in hex");
  }
  const std::string digits(63, 'a');
  for (const char *last : {"g", " ", "\\n", "\\u00e4"}) {
    ExpectRefused(WithField(Valid(), path, Quoted(digits + last).c_str()),
                  "token field " + path + ": must be 32 bytes in hex");
  }
  for (const auto &[bank, size] : {std::pair{"sha1", 20}, {"sha384", 48}, {"sha512", 64}}) {
    ExpectRefused(WithField(Valid(), "policy.pcr.bank", Quoted(bank).c_str()),
                  ": must be " + std::to_string(size) + " bytes in hex");
  }
}

void TheLatchIsOneOfThePcrs() {
  for (const char *latch : {"1", "8", "14", "23"}) {
    ExpectRefused(WithField(Valid(), "policy.latch", latch),
                  "token field policy.latch: is not among policy.pcr.values");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(NumbersAreWholeNumbers),
      UNIT_TEST(NumbersOutOfRangeAreRefused),
      UNIT_TEST(KeyslotsAreTheirNumbersAsStrings),
      UNIT_TEST(HandlesHaveTheirForm),
      UNIT_TEST(Base64IsStrict),
      UNIT_TEST(OversizeIsRefused),
      UNIT_TEST(CertificatesSayWhatWasVerified),
      UNIT_TEST(PcrNumbersHaveOneForm),
      UNIT_TEST(PcrValuesHaveTheBanksSize),
      UNIT_TEST(TheLatchIsOneOfThePcrs),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
