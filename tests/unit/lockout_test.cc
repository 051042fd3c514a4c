// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that the TPM's dictionary-attack numbers are told in words that a user can act on.
#include "lib/tpm/lockout.h"

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

void TriesAreCounted() {
  const auto tries = [](std::uint32_t counter, std::uint32_t max) {
    return DescribeTries({.counter = counter, .max = max, .interval_s = 600});
  };
  ExpectText(tries(0, 32), "32 tries left");
  ExpectText(tries(30, 32), "2 tries left");
  ExpectText(tries(31, 32), "1 try left");
  ExpectText(tries(32, 32), "0 tries left");
  // A chip's word: more failures than it allows.
  ExpectText(tries(33, 32), "0 tries left");
}

void TheWaitIsRoundedUp() {
  const auto wait = [](std::uint32_t seconds) {
    return DescribeWait({.max = 32, .interval_s = seconds});
  };
  ExpectText(wait(480), "another PIN within at most 8 minutes of powered-on time");
  ExpectText(wait(1), "another PIN within at most 1 second of powered-on time");
  ExpectText(wait(60), "another PIN within at most 60 seconds of powered-on time");
  ExpectText(wait(61), "another PIN within at most 2 minutes of powered-on time");
  ExpectText(wait(1000), "another PIN within at most 17 minutes of powered-on time");
  ExpectText(wait(7200), "another PIN within at most 120 minutes of powered-on time");
  ExpectText(wait(7201), "another PIN within at most 3 hours of powered-on time");
  ExpectText(wait(0xffffffff), "another PIN within at most 1193047 hours of powered-on time");
  ExpectText(wait(0), "another PIN once the lockout was reset");
}

void ALockedTpmHasItsReason() {
  const Error error = LockoutError({.max = 32, .interval_s = 480, .locked = true});
  Expect(error.reason() == Reason::kLockout, "the reason");
  ExpectText(
      error.Sentence(),
      "the TPM is locked after too many wrong tries: another PIN within at most 8 minutes of "
      "powered-on time, or use another passphrase");
}

void WhatMakesAPinWeakIsWarnedAbout() {
  const auto ids = [](const Lockout &lockout) {
    std::string text;
    for (const Warning &warning : LintLockout(lockout)) text += warning.id + " ";
    return text;
  };
  const Lockout good{.max = 32, .interval_s = 600, .lockout_auth_set = true};
  ExpectText(ids(good), "");
  ExpectText(ids({.max = 32, .interval_s = 600}), "lockout-auth-empty ");
  // Counting is off, or without any limit that matters.
  ExpectText(ids({.max = 32, .interval_s = 0, .lockout_auth_set = true}), "lockout-off ");
  ExpectText(ids({.max = 0, .interval_s = 600, .lockout_auth_set = true}), "lockout-off ");
  ExpectText(ids({.max = 100000, .interval_s = 600, .lockout_auth_set = true}), "lockout-off ");
  ExpectText(DescribeTries({.max = 32, .interval_s = 0}), "the TPM does not count wrong tries");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(TriesAreCounted),
      UNIT_TEST(TheWaitIsRoundedUp),
      UNIT_TEST(ALockedTpmHasItsReason),
      UNIT_TEST(WhatMakesAPinWeakIsWarnedAbout),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
