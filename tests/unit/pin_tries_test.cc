// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that a process tries three wrong PINs of each token and no more.
#include "token/pin_tries.h"

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

void ThreeWrongOnesAreEnough() {
  for (int i = 0; i < 3; ++i) {
    Expect(PinTries("a/0").MayTry(), "a try");
    PinTries("a/0").CountWrong();
  }
  Expect(!PinTries("a/0").MayTry(), "no fourth one");
  // Another token of the volume, the same number on another volume: others' PINs.
  Expect(PinTries("a/1").MayTry() && PinTries("b/0").MayTry(), "other tokens");
  PinTries("a/0").Forget();
  Expect(PinTries("a/0").MayTry(), "after the right one");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {UNIT_TEST(ThreeWrongOnesAreEnough)};
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
