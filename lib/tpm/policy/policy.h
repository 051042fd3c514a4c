// SPDX-License-Identifier: LGPL-2.1-or-later
// Policy: what must be true before the TPM unseals. Its digest in software, its replay in a
// session.
#pragma once

#include <optional>

#include "lib/base/bytes.h"
#include "lib/tpm/policy/pcr.h"
#include "lib/tpm/session/session.h"

namespace tpm2_sealed {

// Whether the authorization takes the object's authValue too (TPM2_PolicyAuthValue).
enum class AuthValueUse { kNone, kRequired };

// In the order of evaluation, which is part of the digest.
struct Policy {
  std::optional<PcrValues> pcrs;
  AuthValueUse auth_value = AuthValueUse::kNone;

  // The authPolicy of an object under this policy: 32 bytes, SHA-256. Computed from the expected
  // values, so that it can be sealed to a state that the machine is not in yet. Equal to what a
  // trial session computes: tests/integration/policy.test.
  Bytes Digest() const;
};

enum class PolicyOutcome { kSatisfied, kPcrMismatch };

// Replays the policy in `session`. The expected PCR digest goes with TPM2_PolicyPCR, so that a
// changed PCR shows here, before anything is loaded (TPM 2.0 Part 3, section 23.7).
PolicyOutcome Replay(const Context &context, const Policy &policy, const PolicySession &session);

}  // namespace tpm2_sealed
