// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/inspect.h"

#include <algorithm>
#include <string>

#include "lib/lint.h"
#include "lib/readiness.h"

namespace tpm2_sealed {
namespace {

// A keyslot that cryptsetup passes over is as good as none.
void CheckNotIgnored(const Volume &volume, int keyslot) {
  if (!volume.IsIgnored(keyslot)) return;
  throw Error(Reason::kBadToken,
              "keyslot " + std::to_string(keyslot) +
                  " has the priority 'ignore', so that cryptsetup passes over it",
              "change that with 'cryptsetup config --priority normal', or open with --token-id");
}

void CheckHasKeyslot(const SealedToken &token) {
  if (!token.record.keyslots.empty()) return;
  throw Error(Reason::kBadToken, "the token has no keyslot",
              "finish it with 'cryptsetup luksAddKey --new-token-id', or remove it");
}

// As far as that goes without the PIN.
void CheckOpensWithPin(const Volume &volume, const SealedToken &token, const TpmAccess &access) {
  volume.CheckNoReencryption();
  CheckReadyForPin(token, access);
  CheckHasKeyslot(token);
  CheckNotIgnored(volume, token.record.keyslots.front());
}

// What the secret crossed the bus with.
Protection CheckOpens(const Volume &volume, const SealedToken &token, const TpmAccess &access) {
  volume.CheckNoReencryption();
  const Unlocked unlocked = Unlock(token, access);
  CheckHasKeyslot(token);
  const auto &keyslots = token.record.keyslots;
  const auto opened = std::ranges::find_if(keyslots, [&](int keyslot) {
    return volume.PassphraseOpens(keyslot, unlocked.passphrase.view());
  });
  if (opened == keyslots.end()) {
    throw Error(Reason::kBadToken, "what the TPM unseals does not open the token's keyslot",
                "the token belongs to another volume, or its keyslot was changed: enroll again");
  }
  CheckNotIgnored(volume, *opened);
  return unlocked.protection;
}

void ExplainMismatch(TokenStatus &status, const TpmAccess &access) {
  try {
    status.changed = ChangedPcrs(*status.token, access);
  } catch (const Error &) {
    // The first error already says what happened.
    return;
  }
  if (!OnlyLatchChanged(*status.token, status.changed)) return;
  // That it opens at the next boot is not said of a token of another TPM or without keyslot.
  try {
    CheckLoads(*status.token, access);
    CheckHasKeyslot(*status.token);
    status.opens_at_boot = true;
  } catch (const Error &error) {
    status.error = error;
  }
}

}  // namespace

TokenStatus Inspect(const Volume &volume, const TokenEntry &entry, const TpmAccess &access) {
  TokenStatus status;
  status.number = entry.number;
  try {
    status.record = TokenRecord::Parse(entry.json);
    status.token = SealedToken::Parse(entry.json);
    const auto &pcrs = status.token->policy.pcrs;
    const auto latch = status.record->latch;
    status.warnings = LintPcrs(pcrs ? std::optional(pcrs->Selection()) : std::nullopt, latch);
    if (status.record->pin) {
      CheckOpensWithPin(volume, *status.token, access);
    } else if (auto warning = PlaintextWarning(CheckOpens(volume, *status.token, access))) {
      status.warnings.push_back(std::move(*warning));
    }
    status.opens_at_boot = true;
    if (latch) {
      status.warnings.push_back(
          {"latch-open", "the latch (PCR " + std::to_string(*latch) +
                             ") is open: unless this is the initramfs, whatever runs on this "
                             "machine can read the key; is cryptsetup-tpm2 in the initramfs?"});
    }
  } catch (const Error &error) {
    status.error = error;
    if (error.reason() == Reason::kPolicyMismatch && status.token) {
      ExplainMismatch(status, access);
    }
  }
  return status;
}

}  // namespace tpm2_sealed
