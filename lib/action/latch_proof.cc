// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/action/latch_proof.h"

#include "lib/base/crypto.h"
#include "lib/base/error.h"

namespace tpm2_sealed {
namespace {

constexpr std::size_t kSampleSize = 32;

// A secret that opens nothing, sealed and unsealed.
void ProveSample(const Machine &machine, const ChosenKeys &keys, const SealRequest &request,
                 std::optional<PcrValues> pcrs) {
  SealRequest open = request;
  open.latch.reset();
  if (pcrs) pcrs->values.erase(request.latch->pcr);
  if (pcrs && pcrs->values.empty()) pcrs.reset();
  const SecretBytes sample = KernelRandom(kSampleSize);
  const SealResult sealed = SealSecret(machine, keys, open, pcrs, sample);
  const SecretBytes unlocked = UnlockNew(sealed.record.ToJson(), machine, request.pin.get());
  if (ConstantTimeEqual(unlocked.view(), KeyslotPassphrase(request, sample).view())) return;
  throw Error(Reason::kNoTpm, "the TPM unsealed something else than was sealed",
              "somebody may be between CPU and TPM, or the TPM is broken");
}

}  // namespace

LatchProof LatchProof::Make(const Machine &machine, const ChosenKeys &keys,
                            const SealRequest &request, const TokenRecord &record,
                            const SecretBytes &secret) {
  const SealedToken token = SealedToken::Parse(record.ToJson());
  ProveSample(machine, keys, request, token.pcrs());
  CheckLoads(token, machine);
  return LatchProof(record.sealed_private, KeyslotPassphrase(request, secret));
}

bool LatchProof::IsOf(const std::string &json) const {
  return TokenRecord::Parse(json).sealed_private == sealed_;
}

SecretBytes LatchProof::Passphrase() const { return SecretBytes::CopyOf(passphrase_.view()); }

bool IsLatchClosed(const Machine &machine, const LatchPcr &latch) {
  const Context context = machine.Connect();
  const PcrSelection selection{.bank = latch.bank, .mask = 1u << latch.pcr};
  return IsLatchExtended(ReadPcrs(context, selection).values.at(latch.pcr));
}

bool WaitsForBoot(const SealedToken &token, const Machine &machine) {
  if (!token.record.latch) return false;
  try {
    if (!OnlyLatchChanged(token, ChangedPcrs(token, machine))) return false;
    CheckLoads(token, machine);
    return true;
  } catch (const Error &) {
    return false;
  }
}

}  // namespace tpm2_sealed
