// SPDX-License-Identifier: LGPL-2.1-or-later
// ChangePin: another PIN for a token that has one. The TPM could change an authValue in place, but
// the old blob would go on opening with the old PIN: so it is a new secret in a new token and a new
// keyslot, and the old ones go.
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

// By the token's present PIN. The keyslot that it opens is the one that goes; so it must be what
// the token names, and all that it names: throws Error(kBadToken) if the header says something
// else.
Authorization AuthorizeByPin(const Volume &volume, const SealedToken &token, Tpm &tpm,
                             ByteView pin);

// Whether the policy of the token may be taken over, for the volume key's holder. With a valid mac
// nothing is asked. Without one a thief's own token may stand in the place of the one that was
// enrolled: then its policy must not demand less than `usual`, what enroll would choose by itself,
// and unless the present PIN showed that its secret is genuine, somebody must say that the policy
// is right, too. Throws Error(kPolicyMismatch) that tells the policy; with kYes it is told in the
// sentences that come back. Shown by tests/integration/header-change.test.
std::vector<std::string> CheckPolicyToTakeOver(const Volume &volume,
                                               const ChangePinRequest &request,
                                               const SealRequest &usual, Force force);

// The new token has the old one's policy, keys and label, and is proved to open the volume before
// the old one goes; an interrupted change is finished by the next one (FinishReplacements). What
// only the old one's mac could prove, a verified certificate, is taken over from a valid one alone.
// After CheckPolicyToTakeOver, and after it was seen that the old one would open (readiness.h) or
// waits for the next boot. Throws Error: kNotSupported if the token has no PIN, kBadToken for a
// parent that the TPM does not keep, of a token without a valid mac.
EnrollResult ChangePin(Volume &volume, Tpm &tpm, const ChangePinRequest &request);

// The number of the token whose PIN is changed: `token`, or the only one with a PIN. One that
// another has replaced, by a change that was interrupted, does not count. Throws
// Error(kNotSupported) that names those there are.
int ChoosePinToken(const Volume &volume, std::optional<int> token);

}  // namespace tpm2_sealed
