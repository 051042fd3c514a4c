// SPDX-License-Identifier: LGPL-2.1-or-later
// ChangePin: another PIN for a token that has one. The TPM could change an authValue in place, but
// the old blob would go on opening with the old PIN: so it is a new secret in a new token and a new
// keyslot, and the old ones go.
#pragma once

#include <functional>
#include <memory>

#include "lib/enroll.h"

namespace tpm2_sealed {

struct ChangePinRequest {
  int token = -1;
  std::shared_ptr<const NewPin> pin;
  // The volume key, by the token's present PIN or another way; as EnrollRequest::authorize.
  std::function<SecretBytes(Volume &)> authorize;
};

// The new token has the old one's policy, keys and label, and is proved to open the volume before
// the old one goes; an interrupted change is finished by the next one (FinishReplacements). Throws
// Error: kNotSupported if the token has no PIN, kPolicyMismatch if its PCRs have changed, so that
// nothing sealed to them could be proved.
EnrollResult ChangePin(Volume &volume, const TpmAccess &access, const ChangePinRequest &request);

// For a change that a passphrase authorises and not the present PIN: then nothing proves that the
// token's policy is the one that was enrolled, and a thief's own token may stand in its place.
// Throws Error(kPolicyMismatch) if that policy demands less than `usual`, what enroll would choose
// by itself. Shown by tests/integration/header-change.test.
void CheckUnprovedPolicy(const SealedToken &token, const SealRequest &usual);

// The number of the token whose PIN is changed: `token`, or the only one with a PIN. One that
// another has replaced, by a change that was interrupted, does not count. Throws
// Error(kNotSupported) that names those there are.
int ChoosePinToken(const Volume &volume, std::optional<int> token);

}  // namespace tpm2_sealed
