// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that a process tries three wrong PINs of each volume and no more.
#include "token/pin_tries.h"

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

void ThreeWrongOnesAreEnough() {
  for (int i = 0; i < 3; ++i) {
    Expect(PinTries("a").MayTry(), "a try");
    PinTries("a").CountWrong();
  }
  Expect(!PinTries("a").MayTry(), "no fourth one");
  Expect(PinTries("b").MayTry(), "another volume");
  PinTries("a").Forget();
  Expect(PinTries("a").MayTry(), "after the right one");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {UNIT_TEST(ThreeWrongOnesAreEnough)};
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
