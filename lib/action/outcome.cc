// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/action/outcome.h"

#include "lib/base/words.h"
#include "lib/tpm/policy/latch.h"
#include "lib/tpm/policy/pcr.h"

namespace tpm2_sealed {
namespace {

// Only the header says which PCR is the latch; the sealed object shows that the policy demands zero
// of it.
bool IsItsLatch(const SealedToken &token, const ChangedPcr &changed) {
  return changed.pcr == token.record.latch && !IsLatchExtended(changed.sealed);
}

// Says which PCRs changed, or that only the latch is closed, and what to do.
Error MismatchError(const SealedToken &token, std::vector<ChangedPcr> changed) {
  std::string latch;
  if (std::erase_if(changed, [&](const ChangedPcr &c) { return IsItsLatch(token, c); }) > 0) {
    latch = "the latch (PCR " + std::to_string(*token.record.latch) + ") is closed";
  }
  if (changed.empty()) {
    return {Reason::kPolicyMismatch,
            latch + ": this token opens in the initramfs only, before the volumes are open",
            std::string("it does so at the next boot") +
                (token.record.pin ? ", with its PIN" : "") + "; until then use another passphrase"};
  }
  return {Reason::kPolicyMismatch,
          DescribeChange(changed, token.record.created) + (latch.empty() ? "" : ", and " + latch),
          "use another passphrase; " + ReplaceRecipe(token.record, token.place)};
}

Error WrongPinError(const std::optional<Lockout> &now) {
  std::string message = "wrong PIN";
  if (!now) return {Reason::kWrongPin, message, "give the right one or another passphrase"};
  message += now->locked ? ", and the TPM is locked now" : ", " + DescribeTries(*now);
  return {Reason::kWrongPin, message,
          now->locked ? DescribeWait(*now) + ", or use another passphrase"
                      : "give the right one or another passphrase"};
}

template <typename... Functions>
struct Visitor : Functions... {
  using Functions::operator()...;
};

}  // namespace

Error ErrorOf(const SealedToken &token, const Refusal &refusal) {
  return std::visit(
      Visitor{[&](const PcrMismatch &mismatch) { return MismatchError(token, mismatch.changed); },
              [](const NeedsPin &) {
                return Error(Reason::kNeedPin, "the token opens with a PIN only", "give its PIN");
              },
              [](const WrongPin &wrong) { return WrongPinError(wrong.now); },
              [](const LockedOut &locked) { return LockoutError(locked.now); },
              [](const Failed &failed) { return failed.error; }},
      refusal);
}

Opened Require(const SealedToken &token, Outcome outcome) {
  if (auto *opened = std::get_if<Opened>(&outcome)) return std::move(*opened);
  throw ErrorOf(token, std::get<Refusal>(outcome));
}

bool OnlyLatchChanged(const SealedToken &token, const std::vector<ChangedPcr> &changed) {
  return changed.size() == 1 && IsItsLatch(token, changed.front());
}

bool OnlyLatchChanged(const SealedToken &token, const Refusal &refusal) {
  const auto *mismatch = std::get_if<PcrMismatch>(&refusal);
  return mismatch != nullptr && OnlyLatchChanged(token, mismatch->changed);
}

std::string DescribeChange(const std::vector<ChangedPcr> &changed, const std::string &created) {
  std::vector<std::string> pcrs;
  for (const ChangedPcr &c : changed) {
    pcrs.push_back(std::to_string(c.pcr) + " (" + PcrMeaning(c.pcr) + ")");
  }
  // "2026-11-22T10:00:00Z": the day is what people remember.
  return (pcrs.size() == 1 ? "PCR " : "PCRs ") + JoinWords(pcrs) +
         " changed since this token was sealed on " + created.substr(0, 10);
}

}  // namespace tpm2_sealed
