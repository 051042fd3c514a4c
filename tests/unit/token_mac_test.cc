// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that the mac is what cryptsetup-tpm2-token(5) says: the vector there, and of every field of
// a token whether the text has it. tests/integration/mac.test has it of a real volume.
#include "lib/luks/token_mac.h"

#include "lib/base/crypto.h"
#include "tests/unit/sample_record.h"
#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

constexpr std::string_view kSalt = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

std::string Header(std::string_view salt = kSalt) {
  return R"({"keyslots":{"0":{"kdf":{"salt":"AAAA"}},"1":{"kdf":{"type":"pbkdf2","salt":")" +
         std::string(salt) + R"("}},"31":{"kdf":{"salt":"MzE="}}},"tokens":{},"config":{}})";
}

// Members in another order than the text has them, some of them not covered, '/' escaped.
std::string VectorToken() {
  return R"({"mac":"AAAA","type":"tpm2-sealed","keyslots":["1"],"version":1,"created":"now",)"
         R"("session":{"salt_key":{"template":"ek-ecc-p256","handle":"0x81010002",)"
         R"("public":"cHVibGlj\/w=="},"encryption":"aes-128-cfb"},)"
         R"("parent":{"public":"cGFyZW50","template":"srk-ecc-p256","esys":"AAAA"},)"
         R"("sealed":{"public":"c2VhbGVk","private":"cHJpdmF0ZQ=="},"unknown":[1.5,null],)"
         R"("policy":{"pcr":{"values":{"7":")" +
         std::string(64, '1') + R"(","15":")" + std::string(64, '0') +
         R"("},"bank":"sha256"},"latch":15},"label":"this laptop, TPM only","passphrase":"raw"})";
}

SecretBytes VectorKey() {
  SecretBytes key(64);
  for (std::size_t i = 0; i < key.size(); ++i) key.data()[i] = static_cast<std::uint8_t>(i);
  return key;
}

void TheMacHasTheVectorOfTheManual() {
  const std::string text = MacText(VectorToken(), Header());
  ExpectText(text, R"({"keyslots":{"1":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="},)"
                   R"("label":"this laptop, TPM only",)"
                   R"("parent":{"public":"cGFyZW50","template":"srk-ecc-p256"},"passphrase":"raw",)"
                   R"("policy":{"latch":15,"pcr":{"bank":"sha256","values":{"15":")" +
                       std::string(64, '0') + R"(","7":")" + std::string(64, '1') +
                       R"("}}},"sealed":{"public":"c2VhbGVk"},)"
                       R"("session":{"encryption":"aes-128-cfb","salt_key":{)"
                       R"("public":"cHVibGlj/w==","template":"ek-ecc-p256"}},)"
                       R"("type":"tpm2-sealed","version":1})");
  assert_int_equal(text.size(), 538);
  ExpectHex(HkdfSha256(VectorKey().view(), {}, "cryptsetup-tpm2 v1 header", 32).view(),
            "ba86c6827d8ec3ce7e65597eed851a7bff85a728432c7603535a56cca52669a7");
  ExpectHex(MacOf(VectorKey(), text),
            "6dac009067d0cae412978484f80ed8888cf4586dff5f1be1cdb921987e5b2bf9");
}

std::string FullText(const std::string &json) { return MacText(json, Header()); }

std::string FullToken() {
  TokenRecord record = FullRecord();
  record.replaces = Bytes(34, 0x0b);
  return record.ToJson();
}

// Whatever weakens a token, or says something of it that is believed later.
void EveryFieldThatCountsIsCovered() {
  const std::string json = FullToken();
  for (const char *path : {"type",
                           "version",
                           "label",
                           "passphrase",
                           "replaces",
                           "session.encryption",
                           "session.salt_key.template",
                           "session.salt_key.public",
                           "parent.template",
                           "parent.public",
                           "sealed.public",
                           "policy.latch",
                           "policy.pcr.bank",
                           "policy.pcr.values.0",
                           "policy.pcr.values.7",
                           "pin.kdf",
                           "pin.memory_kib",
                           "pin.iterations",
                           "pin.lanes",
                           "pin.salt",
                           "ek_certificate.verified",
                           "ek_certificate.issuer",
                           "ek_certificate.serial"}) {
    Expect(FullText(WithField(json, path, "\"x\"")) != FullText(json), std::string(path) + ": set");
    Expect(FullText(WithField(json, path, nullptr)) != FullText(json),
           std::string(path) + ": gone");
  }
  for (const char *path : {"policy.pcr", "policy", "pin", "ek_certificate"}) {
    Expect(FullText(WithField(json, path, nullptr)) != FullText(json),
           std::string(path) + ": gone");
  }
  // A member that is added to one that is covered whole.
  for (const char *path : {"policy.x", "policy.pcr.values.8", "pin.x", "ek_certificate.x"}) {
    Expect(FullText(WithField(json, path, "1")) != FullText(json), std::string(path) + ": added");
  }
}

void WhatMayChangeIsNotCovered() {
  const std::string json = FullToken();
  for (const char *path : {"created", "pending", "session.salt_key.handle", "session.salt_key.esys",
                           "parent.handle", "parent.esys", "sealed.private", "mac", "events",
                           "tickets", "predicted", "sealed.handle", "session.later", "unknown"}) {
    ExpectText(FullText(WithField(json, path, "\"x\"")), FullText(json));
  }
}

void KeyslotsAreCoveredByTheirSalts() {
  const std::string json = FullToken();
  const std::string other = WithField(json, "keyslots", R"(["1","0"])");
  Expect(FullText(other) != FullText(json), "another keyslot");
  ExpectText(FullText(WithField(json, "keyslots", R"(["31","1"])")), FullText(json));
  Expect(MacText(json, Header("AAAA")) != FullText(json), "another salt");
  ExpectError(
      Reason::kBadToken, [&] { (void)FullText(WithField(json, "keyslots", R"(["2"])")); },
      "token field keyslots.2: is missing");
}

// Neither has a text: nobody could check a mac over it.
void WhatNoTokenHasIsRefused() {
  for (const char *value : {"null", "[]", "1.5", "-1", "9007199254740992"}) {
    for (const char *path : {"label", "policy.x", "pin.memory_kib", "ek_certificate.x"}) {
      bool refused = false;
      try {
        (void)FullText(WithField(FullToken(), path, value));
      } catch (const Error &error) {
        refused = error.reason() == Reason::kBadToken;
      }
      Expect(refused, std::string(path) + " as " + value);
    }
  }
}

void AnotherKeyGivesAnotherMac() {
  const std::string text = FullText(FullToken());
  SecretBytes other = VectorKey();
  other.data()[63] ^= 1;
  Expect(MacOf(other, text) != MacOf(VectorKey(), text), "the last byte of the volume key counts");
  SecretBytes half = VectorKey();
  half.Truncate(32);
  Expect(MacOf(half, text) != MacOf(VectorKey(), text), "a volume key counts whole");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(TheMacHasTheVectorOfTheManual), UNIT_TEST(EveryFieldThatCountsIsCovered),
      UNIT_TEST(WhatMayChangeIsNotCovered),     UNIT_TEST(KeyslotsAreCoveredByTheirSalts),
      UNIT_TEST(WhatNoTokenHasIsRefused),       UNIT_TEST(AnotherKeyGivesAnotherMac),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
