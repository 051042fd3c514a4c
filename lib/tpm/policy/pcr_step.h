// SPDX-License-Identifier: LGPL-2.1-or-later
// PcrStep: TPM2_PolicyPCR (TPM 2.0 Part 3, section 23.7), which demands that PCRs have these
// values.
#pragma once

#include "lib/base/bytes.h"
#include "lib/tpm/link/context.h"
#include "lib/tpm/policy/pcr.h"
#include "lib/tpm/policy/step.h"
#include "lib/tpm/session/session.h"

namespace tpm2_sealed {

struct PcrStep {
  PcrValues pcrs;

  void ExtendDigest(Bytes &digest) const;
  // The command contains the expected digest, so a changed PCR is found here, before anything is
  // loaded.
  PolicyOutcome Replay(const Context &context, const PolicySession &session) const;
};

}  // namespace tpm2_sealed
