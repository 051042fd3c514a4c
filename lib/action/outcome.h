// SPDX-License-Identifier: LGPL-2.1-or-later
// Outcome: the result of opening a token, as a value. Sentence, JSON and exit status are made from
// it, and nothing is asked again to say them.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/base/secret.h"
#include "lib/sealed/sealed_token.h"
#include "lib/tpm/lockout.h"

namespace tpm2_sealed {

// A PCR that does not hold the token's value, with what it holds now.
struct ChangedPcr {
  std::uint32_t pcr = 0;
  Bytes sealed;
  Bytes now;
};

struct Opened {
  SecretBytes passphrase;  // of the token's keyslot
  Protection protection;   // of the session in which the secret crossed the bus
};

// `changed` has at least one PCR.
struct PcrMismatch {
  std::vector<ChangedPcr> changed;
};
struct NeedsPin {};
// The PIN has cost one try. `now` is what the TPM allows after it; nullopt if the TPM did not say.
struct WrongPin {
  std::optional<Lockout> now;
};
// The TPM is in dictionary-attack lockout. The open has cost no try.
struct LockedOut {
  Lockout now;
};
// Everything else, with a reason that no other refusal stands for, such as kWrongTpm.
struct Failed {
  Error error;
};

using Refusal = std::variant<PcrMismatch, NeedsPin, WrongPin, LockedOut, Failed>;
using Outcome = std::variant<Opened, Refusal>;

// Returns the refusal in words, with what to do about it.
Error ErrorOf(const SealedToken &token, const Refusal &refusal);

// Returns what was opened, for callers that go on only then. Throws ErrorOf a refusal.
Opened Require(const SealedToken &token, Outcome outcome);

// Returns whether the PCRs say that only the latch keeps the token from opening: it opens when the
// machine is started again.
bool OnlyLatchChanged(const SealedToken &token, const Refusal &refusal);
bool OnlyLatchChanged(const SealedToken &token, const std::vector<ChangedPcr> &changed);

// Returns "PCR 7 (Secure Boot policy) changed since this token was sealed on 2026-11-22".
std::string DescribeChange(const std::vector<ChangedPcr> &changed, const std::string &created);

}  // namespace tpm2_sealed
