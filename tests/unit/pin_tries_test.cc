// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that a process takes three wrong PINs that were typed for a volume and no more, and that
// one PIN which the host offers to many tokens is one.
#include "token/plugin/pin_tries.h"

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

bool MayTry(const char *uuid, int token, std::string_view pin) {
  return PinTries(uuid).Take(token, View(pin)).may_try;
}

void ThreeWrongPinsEndTheTries() {
  for (const char *pin : {"1", "2", "3"}) {
    Expect(MayTry("a", 0, pin), pin);
    PinTries("a").CountWrong();
  }
  Expect(!MayTry("a", 0, "4"), "no fourth one");
  Expect(!MayTry("a", 1, "4"), "for no token");
  Expect(MayTry("b", 0, "4"), "another volume");
  PinTries("a").Forget();
  Expect(MayTry("a", 0, "5"), "after the right one");
}

void OnePinForManyTokensCountsOneTime() {
  for (const char *pin : {"1", "2", "3"}) {
    for (int token = 0; token < 10; ++token) {
      Expect(MayTry("c", token, pin), pin);
      PinTries("c").CountWrong();
    }
  }
  Expect(!MayTry("c", 0, "4"), "the fourth person");
}

// systemd asks again and again, and somebody may type the same.
void TheSamePinForTheSameTokenCountsAgain() {
  for (int i = 0; i < 3; ++i) {
    Expect(MayTry("d", 0, "1"), "typed again");
    PinTries("d").CountWrong();
    Expect(MayTry("d", 1, "1"), "and for the next token");
    PinTries("d").CountWrong();
  }
  Expect(!MayTry("d", 0, "1"), "a fourth time");
}

void TypedPinsHaveNumbers() {
  PinTries tries("e");
  const unsigned first = tries.Take(0, View("1")).number;
  Expect(first != 0, "0 is for no PIN");
  Expect(tries.Take(1, View("1")).number == first, "the next token");
  const unsigned second = tries.Take(2, View("2")).number;
  Expect(second != first, "another PIN");
  Expect(tries.Take(2, View("2")).number != second, "typed again");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(ThreeWrongPinsEndTheTries),
      UNIT_TEST(OnePinForManyTokensCountsOneTime),
      UNIT_TEST(TheSamePinForTheSameTokenCountsAgain),
      UNIT_TEST(TypedPinsHaveNumbers),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
