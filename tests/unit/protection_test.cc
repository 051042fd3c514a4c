// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that a protection and its name in the token belong together, and which one is the weakest.
#include "lib/base/protection.h"

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

void EachHasItsName() {
  ExpectText(std::string(ProtectionName(Protection::kPlain)), "none");
  ExpectText(std::string(ProtectionName(Protection::kXor)), "xor-sha256");
  ExpectText(std::string(ProtectionName(Protection::kAes)), "aes-128-cfb");
  for (const Protection each : {Protection::kPlain, Protection::kXor, Protection::kAes}) {
    Expect(ProtectionByName(ProtectionName(each)) == each, "the other way");
  }
}

void NothingElseIsAName() {
  for (const char *name : {"", "None", "aes", "aes-128-cfb ", "aes-256-cfb", "null"}) {
    Expect(!ProtectionByName(name), name);
  }
}

void TheyAreOrdered() {
  Expect(Protection::kPlain < Protection::kXor, "XOR is better than nothing");
  Expect(Protection::kXor < Protection::kAes, "AES is better than XOR");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(EachHasItsName),
      UNIT_TEST(NothingElseIsAName),
      UNIT_TEST(TheyAreOrdered),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
