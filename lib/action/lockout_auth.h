// SPDX-License-Identifier: LGPL-2.1-or-later
// LockoutAuth: gives the TPM a lockoutAuth, without which anybody can reset a lockout.
#pragma once

#include "lib/action/machine.h"
#include "lib/base/bytes.h"
#include "lib/tpm/key/provision.h"

namespace tpm2_sealed {

// Sets the TPM's lockoutAuth, which must be empty until now, to `auth`. The value crosses the bus
// encrypted, in a session salted to the key that `keys` asks for. Throws Error;
// Error(kNotSupported) if the TPM does not count wrong tries, since only this value could ever
// change that again.
void SetLockoutAuth(Tpm &tpm, const KeyRequest &keys, ByteView auth);

}  // namespace tpm2_sealed
