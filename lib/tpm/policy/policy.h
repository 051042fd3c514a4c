// SPDX-License-Identifier: LGPL-2.1-or-later
// Policy: what must be true before the TPM unseals, as a list of steps. Computes its digest in
// software, and replays it in a session.
//
// Each kind of step is a file pair in this folder. Its struct knows its part of the digest
// (ExtendDigest) and its command (Replay). A new kind needs such a pair, an entry in PolicyStep, a
// pair for its JSON in lib/format (as policy_pcr, policy_pin), and the conversion in
// lib/sealed/sealed_token.
#pragma once

#include <variant>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/tpm/policy/auth_value_step.h"
#include "lib/tpm/policy/pcr_step.h"
#include "lib/tpm/policy/step.h"

namespace tpm2_sealed {

using PolicyStep = std::variant<PcrStep, AuthValueStep>;

struct Policy {
  std::vector<PolicyStep> steps;  // in the order of evaluation, which is part of the digest

  // Returns the first step of that kind; nullptr if there is none.
  template <typename Step>
  const Step *Find() const {
    for (const PolicyStep &step : steps) {
      if (const auto *found = std::get_if<Step>(&step)) return found;
    }
    return nullptr;
  }
  // Returns the values that PCRs must have; nullptr if the policy has no PCRs.
  const PcrValues *Pcrs() const {
    const auto *step = Find<PcrStep>();
    return step == nullptr ? nullptr : &step->pcrs;
  }

  // Returns the authPolicy of an object under this policy: 32 bytes, SHA-256. It is computed from
  // the expected values, so an object can be sealed to a future state of the machine.
  // tests/integration/policy.test shows that a trial session computes the same.
  Bytes Digest() const;
};

// Replays the steps in `session`, and stops at the first that is not satisfied.
PolicyOutcome Replay(const Context &context, const Policy &policy, const PolicySession &session);

}  // namespace tpm2_sealed
