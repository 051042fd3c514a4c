// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows which calls of the host share a budget, and that what a header holds cannot renew it.
#include "token/plugin/open_pass.h"

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

void TokensOfOneWalkShareABudget() {
  OpenPass pass("a");
  const auto first = pass.Budgeted(0, 0);
  for (int token = 1; token < 32; ++token) Expect(pass.Budgeted(token, 0) == first, "all of them");
  Expect(OpenPass("b").Budgeted(0, 0) != first, "another volume");
}

void AnotherWalkHasItsOwnBudget() {
  OpenPass pass("c");
  const auto silent = pass.Budgeted(3, 0);
  Expect(pass.Budgeted(3, 0) != silent, "the host starts again");
  const auto typed = pass.Budgeted(3, 1);
  Expect(pass.Budgeted(4, 1) == typed, "one PIN");
  Expect(pass.Budgeted(5, 2) != typed, "another PIN");
  const auto last = pass.Budgeted(6, 2);
  pass.End();
  Expect(pass.Budgeted(7, 2) != last, "after success");
}

void AWalkSaysItsSentenceOneTime() {
  OpenPass pass("d");
  (void)pass.Budgeted(0, 0);
  Expect(pass.IsFirstToSay(), "the first");
  (void)pass.Budgeted(1, 0);
  Expect(!pass.IsFirstToSay(), "no second one");
  (void)pass.Budgeted(0, 0);
  Expect(pass.IsFirstToSay(), "of the next walk");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(TokensOfOneWalkShareABudget),
      UNIT_TEST(AnotherWalkHasItsOwnBudget),
      UNIT_TEST(AWalkSaysItsSentenceOneTime),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
