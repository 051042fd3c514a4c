// SPDX-License-Identifier: LGPL-2.1-or-later
// Budget: what the tokens of a volume may cost together while the host walks over them once,
// without a PIN or with one that was typed. Who writes the header chooses how many tokens there are
// and what each costs; without a common limit, 32 of them would keep a boot from its passphrase
// prompt for most of an hour, or lock the TPM with one PIN. The limits are far above what an honest
// header costs. Shown by tests/unit/budget_test and tests/integration/costs.test.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "lib/base/error.h"

namespace tpm2_sealed {

class Budget {
 public:
  using Clock = std::chrono::steady_clock;
  // A token whose keys are not persistent takes two, a third where the PCRs change meanwhile. Five
  // such tokens fit. An RSA key takes a slow chip half a minute.
  static constexpr int kMostPrimaries = 16;
  // One token may take half of them (unlock.cc).
  static constexpr int kMostRepeats = 50;
  // Memory times iterations: four tokens at the ceiling, and many of those that enroll chooses.
  static constexpr std::uint64_t kMostArgon2Kib = std::uint64_t{64} * 1024 * 1024;
  // Tokens that one PIN is tried on in vain.
  static constexpr int kMostTries = 5;
  // The last one of these always stays the user's, for typing another PIN.
  static constexpr std::uint32_t kTriesToGoOn = 2;
  // Of our own work, not of the host's or the user's.
  static constexpr std::chrono::seconds kMostTime{180};

  // All throw Error, of Concern::kWalk, if there is not enough left: the token was not tried, or
  // not to its end. What is refused is not spent: a cheaper token may still fit.
  void CheckTime() const;
  void SpendPrimary();
  void SpendRepeat();
  void SpendArgon2(std::uint64_t memory_times_iterations);
  // A PIN is about to be tried, and the TPM allows that many tries (nothing: it does not count
  // them). The first token is always tried: that is what the user asked for.
  void CheckTry(std::optional<std::uint32_t> left) const;

  // It was wrong.
  void CountTry() { ++tries_; }
  void SpendTime(Clock::duration time) { time_ += time; }

 private:
  int primaries_ = 0;
  int repeats_ = 0;
  int tries_ = 0;
  std::uint64_t argon2_kib_ = 0;
  Clock::duration time_{};
};

}  // namespace tpm2_sealed
