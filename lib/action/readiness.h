// SPDX-License-Identifier: LGPL-2.1-or-later
// Readiness: tells whether a token with a PIN would open if the PIN is right. This is asked before
// the user is, since nobody should type a PIN for nothing.
#pragma once

#include <optional>

#include "lib/action/unlock.h"
#include "lib/sealed/sealed_token.h"

namespace tpm2_sealed {

// Checks that the TPM is there, has the salt key and parent that the token pins (a cleared TPM
// keeps its EK but not its SRK) and is not locked, and that the PCRs hold the sealed values. Sends
// at most four light commands if the keys are persistent; none of them costs a try. Returns the
// refusal that opening would end with; nullopt if nothing but the PIN is missing.
std::optional<Refusal> WhyNotReadyForPin(const SealedToken &token, Tpm &tpm);

// Throws the Error of that refusal.
void CheckReadyForPin(const SealedToken &token, Tpm &tpm);

}  // namespace tpm2_sealed
