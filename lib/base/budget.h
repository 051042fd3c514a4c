// SPDX-License-Identifier: LGPL-2.1-or-later
// Budget: what the tokens of a volume may cost together while the host tries each of them once,
// without a PIN or with one that was typed. A person who can write the header chooses how many
// tokens there are and what each costs. Without a common limit, 32 tokens would delay the
// passphrase prompt of a boot by most of an hour, or lock the TPM with one PIN. The limits are far
// above what an honest header costs. tests/unit/budget_test and tests/integration/costs.test show
// this.
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
  // A token whose keys are not persistent needs two, and a third if the PCRs change meanwhile. Five
  // such tokens fit. A slow chip needs half a minute for one RSA key.
  static constexpr int kMostPrimaries = 16;
  // One token may use half of them (unlock.cc).
  static constexpr int kMostRepeats = 50;
  // Memory in KiB times iterations: enough for four tokens with kArgon2MaxWorkKib, and for many
  // with a cost that enroll chooses by default.
  static constexpr std::uint64_t kMostArgon2Kib = std::uint64_t{64} * 1024 * 1024;
  // The number of tokens that one wrong PIN is tried on.
  static constexpr int kMostTries = 5;
  // The PIN is not tried on another token with fewer tries left: the last try is for the user, who
  // may type another PIN.
  static constexpr std::uint32_t kTriesToGoOn = 2;
  // The time of our own work, without the host's and the user's.
  static constexpr std::chrono::seconds kMostTime{180};

  // All of these throw Error with Concern::kWalk if not enough is left: the token is not tried, or
  // not to its end. A refused cost is not spent: a cheaper token may still fit.
  void CheckTime() const;
  void SpendPrimary();
  void SpendRepeat();
  void SpendArgon2(std::uint64_t memory_times_iterations);
  // Call this before a PIN is tried. `left` is how many tries the TPM still allows; nullopt if it
  // does not count them. The first token is always tried, since the user asked for that.
  void CheckTry(std::optional<std::uint32_t> left) const;

  // Call this after a PIN was wrong.
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
