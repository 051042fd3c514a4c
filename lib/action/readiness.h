// SPDX-License-Identifier: LGPL-2.1-or-later
// Readiness: whether a token with a PIN would open, apart from the PIN. Asked before the user is: a
// PIN must not be typed for nothing.
#pragma once

#include <optional>

#include "lib/action/unlock.h"
#include "lib/sealed/sealed_token.h"

namespace tpm2_sealed {

// Is the TPM there, does it have salt key and parent as pinned (a cleared TPM keeps its EK but not
// its SRK), do the PCRs hold the sealed values, is it not locked? At most four light commands where
// the keys are persistent, none of them costs a try. Returns what opening would end with, or
// nullopt if nothing but the PIN is missing.
std::optional<Refusal> WhyNotReadyForPin(const SealedToken &token, Tpm &tpm);

// Throws the Error of that.
void CheckReadyForPin(const SealedToken &token, Tpm &tpm);

}  // namespace tpm2_sealed
