// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/base/budget.h"

namespace tpm2_sealed {
namespace {

constexpr const char *kAlone =
    "use another passphrase, or try a token alone with 'cryptsetup open --token-only --token-id N'";

[[noreturn]] void Refuse(const std::string &spent) {
  throw Error(Reason::kBusy,
              spent +
                  ", which is the limit for all of them together: tokens that need more are "
                  "skipped",
              kAlone, Concern::kWalk);
}

std::string Tokens(int number) {
  return std::to_string(number) + (number == 1 ? " token" : " tokens");
}

}  // namespace

void Budget::CheckTime() const {
  if (time_ < kMostTime) return;
  Refuse("the tokens of this volume took " + std::to_string(kMostTime.count()) + " seconds");
}

void Budget::SpendPrimary() {
  if (primaries_ >= kMostPrimaries) {
    Refuse("the TPM made " + std::to_string(kMostPrimaries) +
           " keys for the tokens of this volume without persistent keys");
  }
  ++primaries_;
}

void Budget::SpendRepeat() {
  if (repeats_ >= kMostRepeats) {
    Refuse(
        "PCRs kept changing while the tokens of this volume were opened, and the policy was "
        "checked again " +
        std::to_string(kMostRepeats) + " times");
  }
  ++repeats_;
}

void Budget::SpendArgon2(std::uint64_t memory_times_iterations) {
  if (argon2_kib_ + memory_times_iterations > kMostArgon2Kib) {
    Refuse("argon2id worked through " + std::to_string(argon2_kib_ / 1024) +
           " MiB for the tokens with this PIN, and this token would exceed " +
           std::to_string(kMostArgon2Kib / 1024) + " MiB");
  }
  argon2_kib_ += memory_times_iterations;
}

void Budget::CheckTry(std::optional<std::uint32_t> left) const {
  if (tries_ == 0) return;
  if (tries_ >= kMostTries) {
    throw Error(Reason::kLockout,
                "the PIN was wrong for " + Tokens(tries_) + ", and it is not tried on the others",
                kAlone, Concern::kWalk);
  }
  if (left && *left < kTriesToGoOn) {
    throw Error(Reason::kLockout,
                "the PIN was wrong for " + Tokens(tries_) + ", and the TPM has " +
                    (*left == 1 ? "one try" : "no try") + " left: the other tokens are skipped",
                kAlone, Concern::kWalk);
  }
}

}  // namespace tpm2_sealed
