// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/inspect.h"

#include <algorithm>
#include <string>

#include "lib/lint.h"

namespace tpm2_sealed {
namespace {

// What the secret crossed the bus with.
Protection CheckOpens(const Volume &volume, const SealedToken &token, const TpmAccess &access) {
  volume.CheckNoReencryption();
  const Unlocked unlocked = Unlock(token, access);
  const auto &keyslots = token.record.keyslots;
  if (keyslots.empty()) {
    throw Error(Reason::kBadToken, "the token has no keyslot",
                "finish it with 'cryptsetup luksAddKey --new-token-id', or remove it");
  }
  const auto opened = std::ranges::find_if(keyslots, [&](int keyslot) {
    return volume.PassphraseOpens(keyslot, unlocked.passphrase.view());
  });
  if (opened == keyslots.end()) {
    throw Error(Reason::kBadToken, "what the TPM unseals does not open the token's keyslot",
                "the token belongs to another volume, or its keyslot was changed: enroll again");
  }
  if (volume.IsIgnored(*opened)) {
    throw Error(Reason::kBadToken,
                "keyslot " + std::to_string(*opened) +
                    " has the priority 'ignore', so that cryptsetup passes over it",
                "change that with 'cryptsetup config --priority normal', or open with --token-id");
  }
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
    if (auto warning = PlaintextWarning(CheckOpens(volume, *status.token, access))) {
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
