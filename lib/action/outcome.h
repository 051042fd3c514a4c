// SPDX-License-Identifier: LGPL-2.1-or-later
// Outcome: what comes of opening a token, as a value. Sentence, JSON and exit status are made of
// it, and nothing is asked again to say it.
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

// A PCR whose value is not the token's, with what it holds now.
struct ChangedPcr {
  std::uint32_t pcr = 0;
  Bytes sealed;
  Bytes now;
};

struct Opened {
  SecretBytes passphrase;  // of the token's keyslot
  Protection protection;   // what the secret crossed the bus with
};

// At least one PCR.
struct PcrMismatch {
  std::vector<ChangedPcr> changed;
};
struct NeedsPin {};
// It has cost one try. `now`: what the TPM allows after it; nullopt if the TPM did not say.
struct WrongPin {
  std::optional<Lockout> now;
};
// The TPM is in dictionary-attack lockout. It has cost no try.
struct LockedOut {
  Lockout now;
};
// Everything else: its reason is one of those that opening has not of its own, such as kWrongTpm.
struct Failed {
  Error error;
};

using Refusal = std::variant<PcrMismatch, NeedsPin, WrongPin, LockedOut, Failed>;
using Outcome = std::variant<Opened, Refusal>;

// The refusal in words, with the way out.
Error ErrorOf(const SealedToken &token, const Refusal &refusal);

// For who goes on only if the token opens: throws ErrorOf.
Opened Require(const SealedToken &token, Outcome outcome);

// The token that only its latch keeps from opening, as far as the PCRs say: it opens when the
// machine is started again.
bool OnlyLatchChanged(const SealedToken &token, const Refusal &refusal);
bool OnlyLatchChanged(const SealedToken &token, const std::vector<ChangedPcr> &changed);

// "PCR 7 (Secure Boot policy) changed since this token was sealed on 2026-11-22".
std::string DescribeChange(const std::vector<ChangedPcr> &changed, const std::string &created);

}  // namespace tpm2_sealed
