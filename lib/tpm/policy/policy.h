// SPDX-License-Identifier: LGPL-2.1-or-later
// Policy: what must be true before the TPM unseals, as a list of steps. Its digest in software, its
// replay in a session.
//
// A kind of step is a file pair in this folder, whose struct knows its share of the digest
// (ExtendDigest) and its command (Replay). Another kind is another pair, and its name in
// PolicyStep. Its JSON is a pair in lib/format (policy_pcr, policy_pin); from there to the step it
// comes in lib/sealed/sealed_token.
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

  // The first step of that kind; nullptr if there is none.
  template <typename Step>
  const Step *Find() const {
    for (const PolicyStep &step : steps) {
      if (const auto *found = std::get_if<Step>(&step)) return found;
    }
    return nullptr;
  }
  // The values that PCRs must hold; nullptr if the policy is about none.
  const PcrValues *Pcrs() const {
    const auto *step = Find<PcrStep>();
    return step == nullptr ? nullptr : &step->pcrs;
  }

  // The authPolicy of an object under this policy: 32 bytes, SHA-256. Computed from the expected
  // values, so that it can be sealed to a state that the machine is not in yet. Equal to what a
  // trial session computes: tests/integration/policy.test.
  Bytes Digest() const;
};

// Replays the steps in `session`, up to the first that is not satisfied.
PolicyOutcome Replay(const Context &context, const Policy &policy, const PolicySession &session);

}  // namespace tpm2_sealed
