// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/action/readiness.h"

#include "lib/base/error.h"
#include "lib/sealed/pin.h"
#include "lib/tpm/key/primary.h"
#include "lib/tpm/lockout.h"

namespace tpm2_sealed {
namespace {

void CheckKeys(const SealedToken &token, const Machine &machine) {
  const Context context = machine.Connect();
  (void)OpenSaltKey(context, token.salt_key);
  if (ConstantTimeEqual(token.parent.area.Marshalled(), token.salt_key.area.Marshalled())) return;
  if (IsParentThere(context, token.parent)) return;
  throw Error(Reason::kWrongTpm,
              "this TPM does not have the parent key that the token names: the token belongs to "
              "another TPM, or this one was cleared",
              "use another passphrase, then enroll again");
}

}  // namespace

void CheckReadyForPin(const SealedToken &token, const Machine &machine) {
  if (token.record.pin) CheckPinCost(*token.record.pin, machine.argon2_floor_kib);
  CheckEkName(token, machine);
  CheckKeys(token, machine);
  std::vector<ChangedPcr> changed = ChangedPcrs(token, machine);
  if (!changed.empty()) ThrowPcrMismatch(token, std::move(changed));
  if (const Lockout lockout = ReadLockout(machine.Connect()); lockout.locked)
    throw LockoutError(lockout);
}

}  // namespace tpm2_sealed
