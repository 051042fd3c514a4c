// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/policy/pcr_step.h"

#include <tss2/tss2_mu.h>
#include <algorithm>

#include "lib/tpm/link/esys.h"
#include "lib/tpm/link/rc.h"

namespace tpm2_sealed {

// The parameters are pcrs || pcrDigest.
void PcrStep::ExtendDigest(Bytes &digest) const {
  const TPML_PCR_SELECTION selection = pcrs.Selection().ToTpm();
  Bytes parameters(sizeof selection);
  std::size_t size = 0;
  rc::Check(
      "marshalling TPML_PCR_SELECTION",
      Tss2_MU_TPML_PCR_SELECTION_Marshal(&selection, parameters.data(), parameters.size(), &size));
  parameters.resize(size);
  const Bytes pcr_digest = pcrs.Digest();
  parameters.insert(parameters.end(), pcr_digest.begin(), pcr_digest.end());
  ExtendPolicyDigest(digest, TPM2_CC_PolicyPCR, parameters);
}

PolicyOutcome PcrStep::Replay(const Context &context, const PolicySession &session) const {
  const Bytes expected = pcrs.Digest();
  TPM2B_DIGEST digest{};
  digest.size = static_cast<UINT16>(expected.size());
  std::copy(expected.begin(), expected.end(), digest.buffer);
  const TPML_PCR_SELECTION selection = pcrs.Selection().ToTpm();
  const TSS2_RC code = Esys_PolicyPCR(context.esys(), Raw(session.ForPolicy()), ESYS_TR_NONE,
                                      ESYS_TR_NONE, ESYS_TR_NONE, &digest, &selection);
  if (rc::IsPolicyPcrMismatch(code)) return PolicyOutcome::kPcrMismatch;
  context.Check("TPM2_PolicyPCR", code);
  return PolicyOutcome::kSatisfied;
}

}  // namespace tpm2_sealed
