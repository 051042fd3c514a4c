// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows how much the tokens of a volume may cost together, and that honest ones fit.
#include "lib/base/budget.h"

#include "lib/base/argon2.h"
#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

template <typename Body>
bool IsPassedOver(Body &&body) {
  try {
    body();
  } catch (const Error &error) {
    return error.concern() == Concern::kWalk;
  }
  return false;
}

// How often that can be done, up to 1000 times.
template <typename Body>
int HowOften(Body &&body) {
  int done = 0;
  while (done < 1000 && !IsPassedOver(body)) ++done;
  return done;
}

void KeysAndRepeatsAreCounted() {
  Budget budget;
  Expect(HowOften([&] { budget.SpendPrimary(); }) == 16, "keys");
  Expect(HowOften([&] { budget.SpendRepeat(); }) == 50, "repeats");
  Expect(IsPassedOver([&] { budget.SpendPrimary(); }), "and no key after that");
}

void WorkIsCounted() {
  Budget budget;
  Expect(HowOften([&] { budget.SpendArgon2(kArgon2MaxWorkKib); }) == 4, "at the ceiling");
  Budget again;
  for (int i = 0; i < 3; ++i) again.SpendArgon2(kArgon2MaxWorkKib);
  again.SpendArgon2(kArgon2MaxWorkKib / 2);
  Expect(IsPassedOver([&] { again.SpendArgon2(kArgon2MaxWorkKib); }), "too much");
  again.SpendArgon2(kArgon2MaxWorkKib / 2);  // but a cheaper token fits
}

void TimeIsCounted() {
  Budget budget;
  budget.SpendTime(std::chrono::seconds(179));
  budget.CheckTime();
  budget.SpendTime(std::chrono::seconds(1));
  Expect(IsPassedOver([&] { budget.CheckTime(); }), "three minutes");
}

int Tried(std::uint32_t left) {
  Budget budget;
  int tried = 0;
  while (tried < 100 && !IsPassedOver([&] { budget.CheckTry(left); })) {
    budget.CountTry();
    ++tried;
    if (left > 0) --left;
  }
  return tried;
}

void OnePinIsTriedOnAFewTokens() {
  Expect(Tried(32) == 5, "of a TPM that allows many");
  Expect(Tried(5) == 4, "one try stays");
  Expect(Tried(3) == 2, "of a software TPM");
  Expect(Tried(2) == 1, "one and one");
  Expect(Tried(1) == 1, "the last one, because somebody asked for it");
  Budget budget;
  Expect(HowOften([&] {
           budget.CheckTry(std::nullopt);
           budget.CountTry();
         }) == 5,
         "of a TPM that counts nothing");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(KeysAndRepeatsAreCounted),
      UNIT_TEST(WorkIsCounted),
      UNIT_TEST(TimeIsCounted),
      UNIT_TEST(OnePinIsTriedOnAFewTokens),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
