// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/policy/policy.h"

namespace tpm2_sealed {
namespace {

constexpr std::size_t kDigestSize = 32;  // SHA-256, as in ExtendPolicyDigest

}  // namespace

Bytes Policy::Digest() const {
  Bytes digest(kDigestSize);
  for (const PolicyStep &step : steps) {
    std::visit([&](const auto &kind) { kind.ExtendDigest(digest); }, step);
  }
  return digest;
}

PolicyOutcome Replay(const Context &context, const Policy &policy, const PolicySession &session) {
  for (const PolicyStep &step : policy.steps) {
    const PolicyOutcome outcome =
        std::visit([&](const auto &kind) { return kind.Replay(context, session); }, step);
    if (outcome != PolicyOutcome::kSatisfied) return outcome;
  }
  return PolicyOutcome::kSatisfied;
}

}  // namespace tpm2_sealed
