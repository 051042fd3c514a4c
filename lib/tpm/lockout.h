// SPDX-License-Identifier: LGPL-2.1-or-later
// Lockout: the TPM's dictionary-attack protection: its numbers, these in words, and lockoutAuth,
// the authorization that resets it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/base/warning.h"
#include "lib/tpm/link/context.h"
#include "lib/tpm/session/session.h"

namespace tpm2_sealed {

// Dictionary-attack state: Part 2, section 6.13, TPM_PT_LOCKOUT_COUNTER and those after it.
struct Lockout {
  std::uint32_t counter = 0;     // failed authorizations that count now
  std::uint32_t max = 0;         // this many lock the TPM
  std::uint32_t interval_s = 0;  // one of them is forgiven after that time
  std::uint32_t recovery_s = 0;  // after a failed lockoutAuth
  bool locked = false;
  bool lockout_auth_set = false;
};
// One TPM2_GetCapability.
Lockout ReadLockout(const Context &context);

// Whether wrong tries lead to a lockout at all. With a recoveryTime of zero, which anybody can set
// as long as lockoutAuth is empty, a TPM counts nothing (Part 1, section 19.8.4).
bool IsCounting(const Lockout &lockout);
std::uint32_t TriesLeft(const Lockout &lockout);
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

// TPM2_HierarchyChangeAuth of the lockout hierarchy (Part 3, section 24.8), whose value must be
// empty until now; newAuth is encrypted by the session. `auth` has 1 to 32 bytes and does not end
// in a zero byte. Throws Error(kNotSupported) if a value is set already.
void SetLockoutAuth(const Context &context, const HmacSession &session, ByteView auth);

}  // namespace tpm2_sealed
