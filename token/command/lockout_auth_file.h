// SPDX-License-Identifier: LGPL-2.1-or-later
// LockoutAuthFile: for --set-lockout-auth, gives the TPM a random lockoutAuth that the admin keeps
// in a file.
#pragma once

#include "lib/action/machine.h"
#include "lib/tpm/key/provision.h"
#include "token/command/options.h"

namespace tpm2_sealed {

// Does nothing without the option, and only says so if a value is set already. The new value is 128
// random bits as 32 hex digits, without a newline, as tpm2-tools take it ("file:FILE"). `keys` says
// how the session that carries it is salted. Throws Error.
void SetLockoutAuthOf(const Options &options, const KeyRequest &keys, Tpm &tpm);

}  // namespace tpm2_sealed
