// SPDX-License-Identifier: LGPL-2.1-or-later
// SessionUse: what a session does in one command. The one place that knows the session attributes
// (TPM 2.0 Part 2, section 8.4), which are named from the TPM's side: "decrypt" is what we encrypt
// on the way to it, "encrypt" what it encrypts on the way back.
#pragma once

#include "lib/tpm/link/context.h"
#include "lib/tpm/link/tss.h"

namespace tpm2_sealed {

enum class SessionUse {
  kBothWays,     // the first parameters are encrypted to the TPM and back
  kAnswer,       // that of the answer is
  kLastAnswer,   // the same, and success ends the session
  kLast,         // nothing is encrypted, and success ends the session
  kLastCommand,  // the first parameter is encrypted to the TPM, and success ends the session
};

// To be called before each command: ESYS changes the attributes when one fails.
TssCode SetUse(const Context &context, EsysTr session, SessionUse use);

}  // namespace tpm2_sealed
