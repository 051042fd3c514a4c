// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/policy/policy.h"

#include <tss2/tss2_mu.h>
#include <algorithm>
#include <array>

#include "lib/base/crypto.h"
#include "lib/tpm/link/rc.h"

namespace tpm2_sealed {
namespace {

constexpr std::size_t kDigestSize = 32;  // SHA-256, the one session hash of token version 1

void AppendUint32(Bytes &bytes, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<std::uint8_t>(value >> shift & 0xff));
  }
}

// policyDigest' = H(policyDigest || TPM_CC_PolicyPCR || pcrs || pcrDigest)
void ExtendByPolicyPcr(Bytes &digest, const PcrValues &pcrs) {
  AppendUint32(digest, TPM2_CC_PolicyPCR);
  const TPML_PCR_SELECTION selection = pcrs.Selection().ToTpm();
  std::array<std::uint8_t, sizeof selection> marshalled{};
  std::size_t size = 0;
  rc::Check(
      "marshalling TPML_PCR_SELECTION",
      Tss2_MU_TPML_PCR_SELECTION_Marshal(&selection, marshalled.data(), marshalled.size(), &size));
  digest.insert(digest.end(), marshalled.begin(),
                marshalled.begin() + static_cast<std::ptrdiff_t>(size));
  const Bytes pcr_digest = pcrs.Digest();
  digest.insert(digest.end(), pcr_digest.begin(), pcr_digest.end());
  digest = Sha256(digest);
}

// policyDigest' = H(policyDigest || TPM_CC_PolicyAuthValue): TPM 2.0 Part 3, section 23.17
void ExtendByPolicyAuthValue(Bytes &digest) {
  AppendUint32(digest, TPM2_CC_PolicyAuthValue);
  digest = Sha256(digest);
}

PolicyOutcome ReplayPcrs(const Context &context, const PcrValues &pcrs,
                         const PolicySession &session) {
  const Bytes expected = pcrs.Digest();
  TPM2B_DIGEST digest{};
  digest.size = static_cast<UINT16>(expected.size());
  std::copy(expected.begin(), expected.end(), digest.buffer);
  const TPML_PCR_SELECTION selection = pcrs.Selection().ToTpm();
  const TSS2_RC code = Esys_PolicyPCR(context.esys(), session.ForPolicy(), ESYS_TR_NONE,
                                      ESYS_TR_NONE, ESYS_TR_NONE, &digest, &selection);
  if (rc::IsPolicyPcrMismatch(code)) return PolicyOutcome::kPcrMismatch;
  context.Check("TPM2_PolicyPCR", code);
  return PolicyOutcome::kSatisfied;
}

}  // namespace

Bytes Policy::Digest() const {
  Bytes digest(kDigestSize);
  if (pcrs) ExtendByPolicyPcr(digest, *pcrs);
  if (auth_value == AuthValueUse::kRequired) ExtendByPolicyAuthValue(digest);
  return digest;
}

PolicyOutcome Replay(const Context &context, const Policy &policy, const PolicySession &session) {
  if (policy.pcrs) {
    const PolicyOutcome outcome = ReplayPcrs(context, *policy.pcrs, session);
    if (outcome != PolicyOutcome::kSatisfied) return outcome;
  }
  if (policy.auth_value == AuthValueUse::kRequired) {
    context.Check("TPM2_PolicyAuthValue",
                  Esys_PolicyAuthValue(context.esys(), session.ForPolicy(), ESYS_TR_NONE,
                                       ESYS_TR_NONE, ESYS_TR_NONE));
  }
  return PolicyOutcome::kSatisfied;
}

}  // namespace tpm2_sealed
