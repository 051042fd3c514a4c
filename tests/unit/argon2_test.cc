// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that argon2id is the standard's, by its reference implementation's published vectors, and
// that what a header asks for is bounded on both sides before any memory is taken.
#include "lib/base/argon2.h"

#include <dlfcn.h>
#include <sys/resource.h>
#include <unistd.h>
#include <string>

#include "tests/unit/test.h"

namespace {

// Machines of other sizes than this one; 0: this one.
long pretended_pages = 0;

}  // namespace

// The C library's, but for the memory of the machine.
extern "C" long sysconf(int name) noexcept {
  using Function = long (*)(int);
  static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "sysconf"));
  return name == _SC_PHYS_PAGES && pretended_pages != 0 ? pretended_pages : real(name);
}

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

// The reference implementation's test.c, version 0x13, argon2id.
void Argon2idHasTheReferenceVectors() {
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

void ACostBelowTheFloorIsRefused() {
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

void ACostAboveWhatEnrollChoosesIsRefused() {
  ExpectRefused({.memory_kib = 0xffffffff, .iterations = 4}, "more memory than");
  ExpectRefused({.memory_kib = kArgon2MaxMemoryKib + 1, .iterations = 3}, "that enroll may choose");
  ExpectRefused({.memory_kib = 65536, .iterations = 0xffffffff}, "more work than");
  ExpectRefused({.memory_kib = 65536, .iterations = 257}, "more work than");
  CheckArgon2Cost({.memory_kib = 65536, .iterations = 256}, kArgon2DefaultFloorKib);
  // The longest time on a machine without end.
  const Argon2Cost cost = ChooseArgon2Cost(std::chrono::hours(10), 131072, 65536);
  CheckArgon2Cost(cost, kArgon2DefaultFloorKib);
}

// A machine that has less memory than the one that chose.
void MoreMemoryThanTheMachineHasIsRefused() {
  constexpr Argon2Cost kGiB{.memory_kib = 1024 * 1024, .iterations = 3};
  const long page = sysconf(_SC_PAGESIZE);
  const auto pretend = [&](long mib) { pretended_pages = mib * 1024 * 1024 / page; };
  pretend(2048);
  Expect(Argon2SpareMemoryKib() == kGiB.memory_kib, "chosen on a machine with 2 GiB");
  Expect(Argon2MostMemoryKib() == kGiB.memory_kib, "and the most there");
  // The kernel of the next boot keeps some more for itself.
  pretend(1900);
  CheckArgon2Cost(kGiB, kArgon2DefaultFloorKib);
  pretend(1800);
  ExpectError(
      Reason::kNotSupported, [&] { CheckArgon2Cost(kGiB, kArgon2DefaultFloorKib); },
      "needs argon2id with 1048576 KiB of memory, and this machine has 1843200 KiB");
  pretend(64 * 1024);
  Expect(Argon2MostMemoryKib() == kArgon2MaxMemoryKib, "never more than 4 GiB");
  ExpectRefused({.memory_kib = kArgon2MaxMemoryKib + 1, .iterations = 3}, "that enroll may choose");
  pretended_pages = 0;
}

// Runs `body` with so little address space that 1 GiB cannot be had.
template <typename Body>
void WithLittleMemory(Body &&body) {
  rlimit old{};
  (void)getrlimit(RLIMIT_AS, &old);
  const rlimit small{.rlim_cur = 512UL * 1024 * 1024, .rlim_max = old.rlim_max};
  (void)setrlimit(RLIMIT_AS, &small);
  std::string failure;
  try {
    body();
    failure = "nothing thrown";
  } catch (const Error &error) {
    if (error.reason() != Reason::kNoMemory) failure = error.what();
    if (std::string(error.what()).find("1048576 KiB") == std::string::npos) failure = error.what();
  } catch (...) {
    failure = "another exception";
  }
  (void)setrlimit(RLIMIT_AS, &old);
  Expect(failure.empty(), failure);
}

void MemoryThatCannotBeHadIsReported() {
  constexpr Argon2Cost kCost{.memory_kib = 1024 * 1024, .iterations = 3};
  WithLittleMemory([&] { (void)Argon2id(View("password"), View("somesalt"), kCost, 32); });
  WithLittleMemory([&] { CheckArgon2Memory(kCost); });
  CheckArgon2Memory({.memory_kib = 65536, .iterations = 3});
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
      UNIT_TEST(Argon2idHasTheReferenceVectors),
      UNIT_TEST(ACostBelowTheFloorIsRefused),
      UNIT_TEST(ACostAboveWhatEnrollChoosesIsRefused),
      UNIT_TEST(MoreMemoryThanTheMachineHasIsRefused),
      UNIT_TEST(MemoryThatCannotBeHadIsReported),
      UNIT_TEST(TheChosenCostIsWithinItsBounds),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
