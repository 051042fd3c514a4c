// SPDX-License-Identifier: LGPL-2.1-or-later
// Lockout: the TPM's dictionary-attack numbers in words.
#pragma once

#include <optional>
#include <string>

#include "lib/base/error.h"
#include "lib/base/secret.h"
#include "lib/base/warning.h"
#include "lib/tpm/capability.h"
#include "lib/tpm/provision.h"
#include "lib/unlock.h"

namespace tpm2_sealed {

// One GetCapability on a connection of its own.
Lockout ReadLockout(const TpmAccess &access);

// "2 tries left"
std::string DescribeTries(const Lockout &lockout);
// "another PIN within at most 8 minutes of powered-on time": the TPM tells the interval, not how
// much of it has passed.
std::string DescribeWait(const Lockout &lockout);
// The error of a TPM that is locked.
Error LockoutError(const Lockout &lockout);

inline constexpr const char *kLockoutAuthWarning = "lockout-auth-empty";
// For who relies on a PIN: TPM2_DictionaryAttackLockReset takes lockoutAuth, and anybody has an
// empty one.
std::optional<Warning> LintLockout(const Lockout &lockout);

// Gives the TPM `auth` as lockoutAuth, which must be empty until now; encrypted on its way, in a
// session salted to the key that `keys` asks for. Throws Error.
void SetLockoutAuth(const TpmAccess &access, const KeyRequest &keys, ByteView auth);

}  // namespace tpm2_sealed
