// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/action/proof.h"

#include "lib/base/crypto.h"
#include "lib/base/error.h"

namespace tpm2_sealed {
namespace {

constexpr std::size_t kSampleSize = 32;

// The keys of the PIN, derived a second time from what the token says. The keyslot and the sealed
// object depend on the first time: were that one wrong, for instance because of a bad bit in the
// memory that argon2id fills, no PIN would ever open the token.
std::optional<PinKeys> KeysOfPin(const SealRequest &request, const TokenRecord &record) {
  if (!request.pin) return std::nullopt;
  PinKeys again = DerivePinKeys(request.pin->pin.view(), *record.pin);
  const PinKeys &first = request.pin->keys;
  if (ConstantTimeEqual(again.auth_value.view(), first.auth_value.view()) &&
      ConstantTimeEqual(again.mix.view(), first.mix.view())) {
    return again;
  }
  throw Error(Reason::kInternal, "argon2id has made two different keys of the same PIN",
              "the memory of this machine may be faulty: test it, then try again");
}

void ProveOpens(Tpm &tpm, OpenedKeys keys, const SealRequest &request, const TokenRecord &record,
                const SecretBytes &secret) {
  const SealedToken token = SealedToken::Of(record);
  CheckEkName(token, tpm.machine());
  const std::optional<PinKeys> pin = KeysOfPin(request, record);
  const auto result = UnsealWith(token, tpm, std::move(keys), pin ? &*pin : nullptr);
  if (const auto *refusal = std::get_if<Refusal>(&result)) throw ErrorOf(token, *refusal);
  if (ConstantTimeEqual(std::get<SecretBytes>(result).view(), secret.view())) return;
  throw Error(Reason::kNoTpm, "the TPM unsealed something else than was sealed",
              "somebody may be between CPU and TPM, or the TPM is broken");
}

// Seals and unseals a secret that opens nothing.
void ProveSample(Tpm &tpm, Sealer &sealer, const SealRequest &request, const TokenRecord &record) {
  SealRequest open = request;
  open.latch.reset();
  std::optional<PcrValues> pcrs;
  if (record.pcrs) pcrs = PcrValues{.bank = record.pcrs->bank, .values = record.pcrs->values};
  if (pcrs) pcrs->values.erase(request.latch->pcr);
  if (pcrs && pcrs->values.empty()) pcrs.reset();
  const SecretBytes sample = KernelRandom(kSampleSize);
  const TokenRecord sealed = sealer.Seal(open, pcrs, sample);
  ProveOpens(tpm, sealer.TakeKeys(), open, sealed, sample);
}

bool IsLatchClosed(Tpm &tpm, const LatchPcr &latch) {
  const PcrSelection selection{.bank = latch.bank, .mask = 1u << latch.pcr};
  return IsLatchExtended(tpm.Pcrs(selection).values.at(latch.pcr));
}

}  // namespace

TokenProof TokenProof::Make(Tpm &tpm, Sealer &sealer, const SealRequest &request,
                            const TokenRecord &record, const SecretBytes &secret) {
  Proved proved = Proved::kOpened;
  if (request.latch && IsLatchClosed(tpm, *request.latch)) {
    proved = Proved::kButLatch;
    ProveSample(tpm, sealer, request, record);
    if (const auto why = WhyNotLoaded(SealedToken::Of(record), tpm)) throw Error(*why);
  } else {
    ProveOpens(tpm, sealer.TakeKeys(), request, record, secret);
  }
  return TokenProof(record, KeyslotPassphrase(request, secret), proved);
}

bool TokenProof::IsOf(const std::string &json) const {
  std::optional<TokenRecord> record = TokenRecord::TryParse(json);
  if (!record) return false;
  record->keyslots = record_.keyslots;
  record->pending = record_.pending;
  record->mac = record_.mac;
  return *record == record_;
}

SecretBytes TokenProof::Passphrase() const { return SecretBytes::CopyOf(passphrase_.view()); }

}  // namespace tpm2_sealed
