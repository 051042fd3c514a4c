// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/policy/auth_value_step.h"

#include "lib/tpm/link/esys.h"

namespace tpm2_sealed {

void AuthValueStep::ExtendDigest(Bytes &digest) const {
  ExtendPolicyDigest(digest, TPM2_CC_PolicyAuthValue, {});
}

PolicyOutcome AuthValueStep::Replay(const Context &context, const PolicySession &session) const {
  context.Check("TPM2_PolicyAuthValue",
                Esys_PolicyAuthValue(context.esys(), Raw(session.ForPolicy()), ESYS_TR_NONE,
                                     ESYS_TR_NONE, ESYS_TR_NONE));
  return PolicyOutcome::kSatisfied;
}

}  // namespace tpm2_sealed
