// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/action/readiness.h"

#include "lib/base/error.h"
#include "lib/sealed/pin.h"
#include "lib/tpm/key/primary.h"
#include "lib/tpm/lockout.h"

namespace tpm2_sealed {
namespace {

void CheckKeys(const SealedToken &token, Tpm &tpm) {
  const Context &context = tpm.context();
  (void)OpenSaltKey(context, token.salt_key);
  if (ConstantTimeEqual(token.parent.area.Marshalled(), token.salt_key.area.Marshalled())) return;
  if (IsParentThere(context, token.parent)) return;
  throw Error(Reason::kWrongTpm,
              "this TPM does not have the parent key that the token names: the token belongs to "
              "another TPM, or this one was cleared",
              "use another passphrase, then enroll again");
}

std::optional<Refusal> Examine(const SealedToken &token, Tpm &tpm) {
  if (token.record.pin) CheckPinCost(*token.record.pin, tpm.machine().argon2_floor_kib);
  CheckEkName(token, tpm.machine());
  CheckKeys(token, tpm);
  std::vector<ChangedPcr> changed = ChangedPcrs(token, tpm);
  if (!changed.empty()) return PcrMismatch{std::move(changed)};
  const Lockout lockout = ReadLockout(tpm.context());
  if (lockout.locked) return LockedOut{lockout};
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> WhyNotReadyForPin(const SealedToken &token, Tpm &tpm) {
  try {
    return Examine(token, tpm);
  } catch (const Error &error) {
    return Failed{error};
  }
}

void CheckReadyForPin(const SealedToken &token, Tpm &tpm) {
  if (const auto refusal = WhyNotReadyForPin(token, tpm)) throw ErrorOf(token, *refusal);
}

}  // namespace tpm2_sealed
