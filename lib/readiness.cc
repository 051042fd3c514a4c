// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/readiness.h"

#include "lib/base/error.h"
#include "lib/lockout.h"
#include "lib/pin.h"
#include "lib/tpm/primary.h"

namespace tpm2_sealed {
namespace {

void CheckKeys(const SealedToken &token, const TpmAccess &access) {
  const Context context({.tcti = access.tcti, .command_limit = access.command_limit});
  (void)OpenSaltKey(context, token.salt_key);
  if (ConstantTimeEqual(token.parent.area.Marshalled(), token.salt_key.area.Marshalled())) return;
  if (IsParentThere(context, token.parent)) return;
  throw Error(Reason::kWrongTpm,
              "this TPM does not have the parent key that the token names: the token belongs to "
              "another TPM, or this one was cleared",
              "use another passphrase, then enroll again");
}

}  // namespace

void CheckReadyForPin(const SealedToken &token, const TpmAccess &access) {
  if (token.record.pin) CheckPinCost(*token.record.pin, access.argon2_floor_kib);
  CheckEkName(token, access);
  CheckKeys(token, access);
  const std::vector<ChangedPcr> changed = ChangedPcrs(token, access);
  if (!changed.empty()) {
    throw Error(Reason::kPolicyMismatch, DescribeChange(changed, token.record.created),
                kPolicyHint);
  }
  if (const Lockout lockout = ReadLockout(access); lockout.locked) throw LockoutError(lockout);
}

}  // namespace tpm2_sealed
