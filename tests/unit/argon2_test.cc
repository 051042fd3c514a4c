// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that argon2id is the standard's, by its reference implementation's published vectors, and
// that what a header asks for is bounded on both sides before any memory is taken.
#include "lib/base/argon2.h"

#include <sys/resource.h>
#include <new>

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

// The reference implementation's test.c, version 0x13, argon2id.
void TheReferenceVectors() {
  const auto hash = [](std::string_view password, const Argon2Cost &cost) {
    return Argon2id(View(password), View("somesalt"), cost, 32);
  };
  ExpectHex(hash("password", {.memory_kib = 65536, .iterations = 2}).view(),
            "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
  ExpectHex(hash("differentpassword", {.memory_kib = 65536, .iterations = 2}).view(),
            "0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde");
  ExpectHex(hash("password", {.memory_kib = 256, .iterations = 2}).view(),
            "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe");
}

void ExpectRefused(const Argon2Cost &cost, std::string_view why, Where where = Where::Here()) {
  ExpectError(
      Reason::kBadToken, [&] { CheckArgon2Cost(cost, kArgon2DefaultFloorKib); }, why, where);
}

void BelowTheFloor() {
  ExpectRefused({.memory_kib = 8, .iterations = 4}, "too cheap");
  ExpectRefused({.memory_kib = 65535, .iterations = 4}, "at least 65536 KiB");
  ExpectRefused({.memory_kib = 65536, .iterations = 2}, "too cheap");
  ExpectRefused({.memory_kib = 65536, .iterations = 0}, "too cheap");
  CheckArgon2Cost({.memory_kib = 65536, .iterations = 3}, kArgon2DefaultFloorKib);
  // The configuration's floor moves the memory, never the iterations.
  CheckArgon2Cost({.memory_kib = 16384, .iterations = 3}, 16384);
  ExpectError(
      Reason::kBadToken, [] { CheckArgon2Cost({.memory_kib = 131071, .iterations = 3}, 131072); },
      "at least 131072 KiB");
}

void AboveWhatAMachineCanDo() {
  ExpectRefused({.memory_kib = 0xffffffff, .iterations = 4}, "more memory than");
  ExpectRefused({.memory_kib = kArgon2MaxMemoryKib + 1, .iterations = 4}, "more memory than");
  ExpectRefused({.memory_kib = 65536, .iterations = 0xffffffff}, "minutes");
  ExpectRefused({.memory_kib = 65536, .iterations = 1025}, "minutes");
  CheckArgon2Cost({.memory_kib = 65536, .iterations = 1024}, kArgon2DefaultFloorKib);
}

void NoMemoryIsAnException() {
  rlimit old{};
  (void)getrlimit(RLIMIT_AS, &old);
  const rlimit small{.rlim_cur = 512UL * 1024 * 1024, .rlim_max = old.rlim_max};
  (void)setrlimit(RLIMIT_AS, &small);
  bool thrown = false;
  try {
    (void)Argon2id(View("password"), View("somesalt"), {.memory_kib = 1024 * 1024, .iterations = 3},
                   32);
  } catch (const std::bad_alloc &) {
    thrown = true;
  }
  (void)setrlimit(RLIMIT_AS, &old);
  Expect(thrown, "std::bad_alloc");
}

void TheChosenCostIsWithinItsBounds() {
  // No time at all: the floor, and the least iterations.
  const Argon2Cost cheap = ChooseArgon2Cost(std::chrono::milliseconds(0), 1024 * 1024, 65536);
  Expect(cheap.memory_kib == 65536 && cheap.iterations == kArgon2MinIterations, "the floor");
  // More time goes into memory first, then into iterations.
  const Argon2Cost slow = ChooseArgon2Cost(std::chrono::milliseconds(20000), 131072, 65536);
  Expect(slow.memory_kib == 131072, "all of the memory");
  Expect(slow.iterations > kArgon2MinIterations, "more iterations");
  // A machine with less to spare than the floor.
  const Argon2Cost small = ChooseArgon2Cost(std::chrono::milliseconds(0), 1024, 65536);
  Expect(small.memory_kib == 65536, "never below the floor");
  Expect(Argon2SpareMemoryKib() <= 1024 * 1024, "at most 1 GiB");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(TheReferenceVectors),
      UNIT_TEST(BelowTheFloor),
      UNIT_TEST(AboveWhatAMachineCanDo),
      UNIT_TEST(NoMemoryIsAnException),
      UNIT_TEST(TheChosenCostIsWithinItsBounds),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
