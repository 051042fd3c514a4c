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

// What the secret crossed the bus with; with a PIN none has yet.
std::optional<Protection> CheckOpens(const Volume &volume, const SealedToken &token,
                                     const TpmAccess &access) {
  volume.CheckNoReencryption();
  const auto &keyslots = token.record.keyslots;
  std::optional<Unlocked> opened_by_tpm;
  if (token.record.pin) {
    CheckReadyForPin(token, access);
  } else {
    opened_by_tpm = Unlock(token, access);
  }
  if (keyslots.empty()) {
    throw Error(Reason::kBadToken, "the token has no keyslot",
                "finish it with 'cryptsetup luksAddKey --new-token-id', or remove it");
  }
  if (!opened_by_tpm) {
    CheckNotIgnored(volume, keyslots.front());
    return std::nullopt;
  }
  const Unlocked &unlocked = *opened_by_tpm;
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

}  // namespace

TokenStatus Inspect(const Volume &volume, const TokenEntry &entry, const TpmAccess &access) {
  TokenStatus status;
  status.number = entry.number;
  try {
    status.record = TokenRecord::Parse(entry.json);
    status.token = SealedToken::Parse(entry.json);
    if (status.token->policy.pcrs) {
      status.warnings = LintPcrs(status.token->policy.pcrs->Selection());
    } else {
      status.warnings = LintPcrs(std::nullopt);
    }
    const auto protection = CheckOpens(volume, *status.token, access);
    if (auto warning = protection ? PlaintextWarning(*protection) : std::nullopt) {
      status.warnings.push_back(std::move(*warning));
    }
  } catch (const Error &error) {
    status.error = error;
    if (error.reason() == Reason::kPolicyMismatch && status.token) {
      try {
        status.changed = ChangedPcrs(*status.token, access);
      } catch (const Error &) {
        // The first error already says what happened.
      }
    }
  }
  return status;
}

}  // namespace tpm2_sealed
