// SPDX-License-Identifier: LGPL-2.1-or-later
// Step: what all kinds of policy steps have in common.
#pragma once

#include <cstdint>

#include "lib/base/bytes.h"

namespace tpm2_sealed {

// The result of a policy command. A mismatch is an expected refusal; other refusals are errors.
enum class PolicyOutcome { kSatisfied, kPcrMismatch };

// Computes policyDigest' = H(policyDigest || command code || parameters) with SHA-256, the only
// session hash of token version 1 (TPM 2.0 Part 1, section 19.7.4).
void ExtendPolicyDigest(Bytes &digest, std::uint32_t command_code, ByteView parameters);

}  // namespace tpm2_sealed
