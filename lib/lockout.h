// SPDX-License-Identifier: LGPL-2.1-or-later
// Lockout: the TPM's dictionary-attack numbers in words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/base/error.h"
#include "lib/base/secret.h"
#include "lib/base/warning.h"
#include "lib/tpm/capability.h"
#include "lib/tpm/provision.h"
#include "lib/unlock.h"

namespace tpm2_sealed {

// One GetCapability on a connection of its own.
Lockout ReadLockout(const TpmAccess &access);

// Whether wrong tries lead to a lockout at all. With a recoveryTime of zero, which anybody can set
// as long as lockoutAuth is empty, a TPM counts nothing (Part 1, section 19.8.4).
bool IsCounting(const Lockout &lockout);
// "2 tries left", or that the TPM does not count them.
std::string DescribeTries(const Lockout &lockout);
// "another PIN within at most 8 minutes of powered-on time": the TPM tells the interval, not how
// much of it has passed.
std::string DescribeWait(const Lockout &lockout);
// The error of a TPM that is locked.
Error LockoutError(const Lockout &lockout);

// For who relies on a PIN: a TPM that does not count, or allows tries without end; and an empty
// lockoutAuth, which anybody can give to TPM2_DictionaryAttackLockReset.
std::vector<Warning> LintLockout(const Lockout &lockout);

// Gives the TPM `auth` as lockoutAuth, which must be empty until now; encrypted on its way, in a
// session salted to the key that `keys` asks for. Throws Error; Error(kNotSupported) while the TPM
// does not count wrong tries, since only this value could ever change that again.
void SetLockoutAuth(const TpmAccess &access, const KeyRequest &keys, ByteView auth);

}  // namespace tpm2_sealed
