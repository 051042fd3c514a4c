// SPDX-License-Identifier: LGPL-2.1-or-later
// SessionUse: what a session does in one command. No other file knows the session attributes (TPM
// 2.0 Part 2, section 8.4), which are named from the TPM's side: we encrypt the parameter of a
// command for "decrypt"; the TPM encrypts the parameter of its answer for "encrypt".
#pragma once

#include "lib/tpm/link/context.h"
#include "lib/tpm/link/tss.h"

namespace tpm2_sealed {

enum class SessionUse {
  kBothWays,     // the first parameters of command and answer are encrypted
  kAnswer,       // the first parameter of the answer is encrypted
  kLastAnswer,   // the same as kAnswer, and success ends the session
  kLast,         // nothing is encrypted, and success ends the session
  kLastCommand,  // the first parameter of the command is encrypted, and success ends the session
};

// Call this before each command, since ESYS changes the attributes when a command fails.
TssCode SetUse(const Context &context, EsysTr session, SessionUse use);

}  // namespace tpm2_sealed
