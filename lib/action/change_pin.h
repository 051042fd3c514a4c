// SPDX-License-Identifier: LGPL-2.1-or-later
// ChangePin: gives a token another PIN. The TPM could change an authValue in place, but the old
// blob would go on opening with the old PIN. So a new secret is sealed in a new token with a new
// keyslot, and the old ones are removed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/action/enroll.h"

namespace tpm2_sealed {

struct ChangePinRequest {
  int token = -1;
  std::shared_ptr<const NewPin> pin;
  Authorization authorization;
};

// Authorizes by the token's present PIN. The keyslot that it opens is removed later, so it must
// open every keyslot that the token names. Throws Error(kBadToken) if it does not, or if the token
// names none.
Authorization AuthorizeByPin(const Volume &volume, const SealedToken &token, Tpm &tpm,
                             ByteView pin);

// Checks that the policy of the token may be taken over; the volume key is in `request`. A valid
// mac is enough. Without one a thief's own token may be in the place of the one that was enrolled.
// Then its policy must not demand less than `usual`, which enroll would choose by itself; and
// unless the present PIN has shown that its secret is genuine, somebody must confirm that the
// policy is right, too. Throws Error(kPolicyMismatch) that describes the policy; with kYes the
// returned sentences describe it instead. tests/integration/header-change.test shows this.
std::vector<std::string> CheckPolicyToTakeOver(const Volume &volume,
                                               const ChangePinRequest &request,
                                               const SealRequest &usual, Force force);

// Adds a token with the old one's policy, keys and label, proves that it opens the volume, and then
// removes the old one. The next change finishes an interrupted one (FinishReplacements). That a
// certificate was verified is taken over only if the old token has a valid mac. Callers first call
// CheckPolicyToTakeOver, and see that the old token would open (readiness.h) or waits for the next
// boot. Throws Error(kNotSupported) if the token has no PIN, Error(kBadToken) if it has no valid
// mac and the TPM does not keep its parent.
EnrollResult ChangePin(Volume &volume, Tpm &tpm, const ChangePinRequest &request);

// Returns the number of the token whose PIN is changed: `token`, or the only one with a PIN. A
// token that another one has replaced does not count; an interrupted change leaves both. Throws
// Error(kBadToken) if there is no such token, Error(kNotSupported) that lists them if there are
// several.
int ChoosePinToken(const Volume &volume, std::optional<int> token);

}  // namespace tpm2_sealed
