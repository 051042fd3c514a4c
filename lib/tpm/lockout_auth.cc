// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/lockout_auth.h"

#include <algorithm>

#include "lib/base/error.h"
#include "lib/base/secret.h"
#include "lib/tpm/capability.h"
#include "lib/tpm/esys_memory.h"

namespace tpm2_sealed {

void SetLockoutAuth(const Context &context, const HmacSession &session, ByteView auth) {
  // Looked at before, since a refused lockoutAuth bars the lockout hierarchy for its recovery time.
  if (ReadLockout(context).lockout_auth_set) {
    throw Error(Reason::kNotSupported, "lockoutAuth of this TPM is set already",
                "leave --set-lockout-auth out");
  }
  if (auth.size() > kMaxAuthSize) throw Error(Reason::kInternal, "lockoutAuth is too long");
  Wiped<TPM2B_AUTH> new_auth;
  new_auth->size = static_cast<UINT16>(auth.size());
  std::copy(auth.begin(), auth.end(), new_auth->buffer);
  // ESYS takes the new value for the known one when the TPM has it: the answer is keyed with it.
  const ESYS_TR authorization = session.BothWays();
  KnownAuth none_yet(context, ESYS_TR_RH_LOCKOUT, {});
  none_yet.ForgetIn(authorization);
  const WipedInput wiped(context);
  context.Check("TPM2_HierarchyChangeAuth",
                Esys_HierarchyChangeAuth(context.esys(), ESYS_TR_RH_LOCKOUT, authorization,
                                         ESYS_TR_NONE, ESYS_TR_NONE, new_auth.get()));
}

}  // namespace tpm2_sealed
