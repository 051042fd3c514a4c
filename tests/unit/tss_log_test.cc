// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows what of a TSS2_LOG gets through.
#include "token/host/tss_log.h"

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

void ExpectLog(const char *wanted, const char *harmless) {
  const std::string got = HarmlessTssLog(wanted);
  Expect(got == harmless, std::string(wanted) + " became " + got);
}

void OnlyTheTctiTellsMoreThanWarnings() {
  ExpectLog("all+trace", "all+warning,tcti+trace");
  ExpectLog("ALL+Debug", "all+warning,tcti+debug");
  ExpectLog("TCTI+trace,ESYS+none", "all+none,tcti+trace");
  ExpectLog("esys+trace,esys_crypto+trace,marshal+trace", "all+warning,tcti+warning");
  ExpectLog("tcti+trace", "all+warning,tcti+trace");
  ExpectLog("all+warning,tcti+trace", "all+warning,tcti+trace");
}

void LessThanWarningsIsAsAskedFor() {
  ExpectLog("all+none", "all+none,tcti+none");
  ExpectLog("all+error", "all+error,tcti+error");
  ExpectLog("all+none,tcti+debug", "all+none,tcti+debug");
  ExpectLog("tcti+debug,all+none", "all+none,tcti+none");
}

void WhatTheTssDoesNotKnowChangesNothing() {
  ExpectLog("", "all+warning,tcti+warning");
  ExpectLog("+", "all+warning,tcti+warning");
  ExpectLog("all+", "all+warning,tcti+warning");
  ExpectLog("all+everything", "all+warning,tcti+warning");
  ExpectLog("fapi+trace", "all+warning,tcti+warning");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {UNIT_TEST(OnlyTheTctiTellsMoreThanWarnings),
                              UNIT_TEST(LessThanWarningsIsAsAskedFor),
                              UNIT_TEST(WhatTheTssDoesNotKnowChangesNothing)};
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
