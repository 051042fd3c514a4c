// SPDX-License-Identifier: LGPL-2.1-or-later
// Lockout: the TPM's dictionary-attack protection: its state, in numbers and in words, and
// lockoutAuth, the authorization that resets it.
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
  std::uint32_t counter = 0;     // failed authorizations that are counted now
  std::uint32_t max = 0;         // so many lock the TPM
  std::uint32_t interval_s = 0;  // seconds until one of them is forgiven
  std::uint32_t recovery_s = 0;  // seconds that a failed lockoutAuth locks the lockout hierarchy
  bool locked = false;
  bool lockout_auth_set = false;
};
// Sends one TPM2_GetCapability.
Lockout ReadLockout(const Context &context);

// Returns whether wrong tries lead to a lockout. With a recoveryTime of zero, which anybody can set
// as long as lockoutAuth is empty, a TPM counts nothing (Part 1, section 19.8.4).
bool IsCounting(const Lockout &lockout);
std::uint32_t TriesLeft(const Lockout &lockout);
// Returns "2 tries left", or that the TPM does not count them.
std::string DescribeTries(const Lockout &lockout);
// Returns "another PIN within at most 8 minutes of powered-on time". The TPM reports the interval,
// but not how much of it has passed.
std::string DescribeWait(const Lockout &lockout);
// Returns the error for a TPM that is locked.
Error LockoutError(const Lockout &lockout);

// Returns warnings for tokens with a PIN: the TPM does not count wrong tries or allows very many,
// or lockoutAuth is empty, so that anybody can call TPM2_DictionaryAttackLockReset.
std::vector<Warning> LintLockout(const Lockout &lockout);

// Sets lockoutAuth with TPM2_HierarchyChangeAuth (Part 3, section 24.8). The session encrypts
// newAuth. `auth` has 1 to 32 bytes and does not end in a zero byte. Throws Error(kNotSupported) if
// lockoutAuth is not empty.
void SetLockoutAuth(const Context &context, const HmacSession &session, ByteView auth);

}  // namespace tpm2_sealed
