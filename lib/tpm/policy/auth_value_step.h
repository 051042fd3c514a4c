// SPDX-License-Identifier: LGPL-2.1-or-later
// AuthValueStep: TPM2_PolicyAuthValue (TPM 2.0 Part 3, section 23.17). The authorization needs the
// object's authValue too, which is derived from the PIN.
#pragma once

#include "lib/base/bytes.h"
#include "lib/tpm/link/context.h"
#include "lib/tpm/policy/step.h"
#include "lib/tpm/session/session.h"

namespace tpm2_sealed {

struct AuthValueStep {
  void ExtendDigest(Bytes &digest) const;
  PolicyOutcome Replay(const Context &context, const PolicySession &session) const;
};

}  // namespace tpm2_sealed
