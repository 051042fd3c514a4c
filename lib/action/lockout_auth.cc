// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/action/lockout_auth.h"

#include "lib/action/seal.h"
#include "lib/tpm/lockout.h"
#include "lib/tpm/session/negotiate.h"

namespace tpm2_sealed {

void SetLockoutAuth(Tpm &tpm, const KeyRequest &keys, ByteView auth) {
  if (const Lockout now = ReadLockout(tpm.context()); !IsCounting(now)) {
    throw Error(
        Reason::kNotSupported,
        "this TPM does not count wrong tries, and its lockoutAuth is not set while that is so",
        "give it limits first: 'tpm2_dictionarylockout --setup-parameters --max-tries=32 "
        "--recovery-time=600 --lockout-recovery-time=86400'");
  }
  KeyRequest look_only = keys;
  look_only.persist = Persist::kNever;
  const ChosenKeys chosen = PrepareKeys(tpm, look_only);
  const Context &context = tpm.context();
  const SaltKey salt_key = OpenSaltKey(context, chosen.salt_key);
  // The session is never plain: whoever reads the value can reset every lockout.
  const HmacSession session = StartHmacSession(
      context, salt_key,
      {.floor = Protection::kPlain, .permit = std::nullopt, .carried = Carried::kPin});
  SetLockoutAuth(context, session, auth);
}

}  // namespace tpm2_sealed
