// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/seal.h"

#include <ctime>

#include "lib/base/crypto.h"
#include "lib/base/error.h"
#include "lib/ek_certificate.h"
#include "lib/lint.h"
#include "lib/lockout.h"
#include "lib/tpm/ladder.h"

namespace tpm2_sealed {
namespace {

constexpr std::size_t kSecretSize = 32;

std::string NowUtc() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  char text[32];
  ::gmtime_r(&now, &utc);
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc));
}

Context::Options OptionsOf(const TpmAccess &access) {
  return {.tcti = access.tcti, .command_limit = access.command_limit};
}

std::optional<PcrSelection> WithLatch(std::optional<PcrSelection> selection,
                                      const std::optional<LatchPcr> &latch) {
  if (!latch) return selection;
  if (!selection) selection = PcrSelection{.bank = latch->bank};
  selection->mask |= 1u << latch->pcr;
  return selection;
}

void RefuseUnextended(const PcrValues &pcrs, Force force) {
  if (force == Force::kYes) return;
  for (const auto &[pcr, value] : pcrs.values) {
    if (pcr >= 8 || !IsUnextended(value)) continue;
    throw Error(Reason::kPolicyMismatch,
                "PCR " + std::to_string(pcr) + " (" + PcrMeaning(pcr) + ") in the " + pcrs.bank +
                    " bank was never extended: the firmware does not measure there, so it would "
                    "protect nothing",
                "choose other PCRs or another --bank, or use --force if you know why");
  }
}

}  // namespace

std::optional<PcrValues> TargetPcrs(const TpmAccess &access, const SealRequest &request) {
  const auto selection = WithLatch(request.pcrs, request.latch);
  if (!selection) return std::nullopt;
  const Context context(OptionsOf(access));
  PcrValues pcrs = ReadPcrs(context, *selection);
  if (request.latch) pcrs.values[request.latch->pcr].assign(*DigestSize(pcrs.bank), 0);
  for (const auto &[pcr, value] : request.expected_pcrs) {
    if (!request.pcrs || !request.pcrs->Contains(pcr)) {
      throw Error(Reason::kNotSupported,
                  "a value is given for PCR " + std::to_string(pcr) + ", which is not chosen",
                  "add it to --pcrs");
    }
    if (value.size() != DigestSize(pcrs.bank)) {
      throw Error(
          Reason::kNotSupported,
          "the value given for PCR " + std::to_string(pcr) + " does not have the size of a " +
              pcrs.bank + " digest",
          "give it in hex, " + std::to_string(2 * DigestSize(pcrs.bank).value_or(0)) + " digits");
    }
    pcrs.values[pcr] = value;
  }
  RefuseUnextended(pcrs, request.force);
  return pcrs;
}

ChosenKeys PrepareKeys(const TpmAccess &access, const KeyRequest &request) {
  const Context context(OptionsOf(access));
  ChosenKeys keys =
      request.ek_ca ? ChooseCertifiedKeys(context, request) : ChooseKeys(context, request);
  if (access.ek_name && !ConstantTimeEqual(keys.salt_key.area.Name(), *access.ek_name)) {
    throw Error(Reason::kWrongTpm,
                "the salt key is not the one that ek-name in the configuration demands",
                "correct ek-name if the TPM was replaced; otherwise distrust this TPM");
  }
  return keys;
}

std::optional<ChosenKeys> CertifiedKeys(const TpmAccess &access, const KeyRequest &request) {
  if (!request.ek_ca) return std::nullopt;
  KeyRequest look_only = request;
  look_only.persist = Persist::kNever;
  return PrepareKeys(access, look_only);
}

bool CanEncrypt(const TpmAccess &access, const ChosenKeys &keys) {
  const Context context(OptionsOf(access));
  const SaltKey salt_key = OpenSaltKey(context, keys.salt_key);
  return CanEncrypt(context, salt_key);
}

SecretBytes FreshSecret(const TpmAccess &access, const ChosenKeys &keys, Protection floor) {
  const Context context(OptionsOf(access));
  const SaltKey salt_key = OpenSaltKey(context, keys.salt_key);
  const HmacSession session =
      StartHmacSession(context, salt_key, {.floor = floor, .permit = access.permit});
  const SecretBytes from_tpm = TpmRandom(context, session, kSecretSize);
  const SecretBytes from_kernel = KernelRandom(kSecretSize);
  return HkdfSha256(from_tpm.view(), from_kernel.view(), "cryptsetup-tpm2 v1 fresh secret",
                    kSecretSize);
}

SecretBytes KeyslotPassphrase(const SealRequest &request, const SecretBytes &secret) {
  return request.pin ? PinPassphrase(secret, request.pin->keys.mix)
                     : SecretBytes::CopyOf(secret.view());
}

Policy PolicyOf(const SealRequest &request, const std::optional<PcrValues> &pcrs) {
  return {.pcrs = pcrs, .auth_value = request.pin ? AuthValueUse::kRequired : AuthValueUse::kNone};
}

SealResult SealSecret(const TpmAccess &access, const ChosenKeys &keys, const SealRequest &request,
                      const std::optional<PcrValues> &pcrs, const SecretBytes &secret) {
  const Context context(OptionsOf(access));
  const SaltKey salt_key = OpenSaltKey(context, keys.salt_key);
  const bool same =
      ConstantTimeEqual(keys.salt_key.area.Marshalled(), keys.parent.area.Marshalled());
  std::optional<ParentKey> parent;
  if (same) {
    parent = ParentFromSaltKey(context, salt_key);
  } else {
    parent = OpenParentAtHandle(context, keys.parent);
    if (!parent) parent = CreateParent(context, keys.parent);
  }
  if (!parent) throw Error(Reason::kWrongTpm, "the parent key vanished while sealing", "try again");
  const HmacSession session =
      StartHmacSession(context, salt_key,
                       {.floor = request.floor,
                        .permit = access.permit,
                        .carried = request.pin ? Carried::kPin : Carried::kSecret});
  const Sensitive sensitive{
      .data = secret.view(),
      .auth_value = request.pin ? request.pin->keys.auth_value.view() : ByteView()};
  const SealedObject object = Seal(context, *parent, session, sensitive, PolicyOf(request, pcrs));

  SealResult result;
  TokenRecord &record = result.record;
  record.created = NowUtc();
  record.label = request.label;
  record.encryption = std::string(ProtectionName(session.protection()));
  record.salt_key = ToRecord(keys.salt_key);
  record.parent = ToRecord(keys.parent);
  record.sealed_public = object.public_area().Marshalled();
  record.sealed_private = object.MarshalledPrivate();
  if (pcrs) record.pcrs = TokenRecord::Pcrs{.bank = pcrs->bank, .values = pcrs->values};
  record.ek_certificate = keys.ek_certificate;
  if (request.latch) record.latch = request.latch->pcr;
  result.warnings = LintPcrs(request.pcrs, record.latch);
  result.warnings.insert(result.warnings.end(), keys.warnings.begin(), keys.warnings.end());
  if (request.pin) {
    record.pin = request.pin->kdf;
    record.passphrase = PassphraseForm::kHkdfPin;
    const std::vector<Warning> about_pin = LintPin(request.pin->pin.view());
    result.warnings.insert(result.warnings.end(), about_pin.begin(), about_pin.end());
    const std::vector<Warning> about_tpm = LintLockout(ReadLockout(context));
    result.warnings.insert(result.warnings.end(), about_tpm.begin(), about_tpm.end());
  }
  if (auto warning = PlaintextWarning(session.protection())) {
    result.warnings.push_back(std::move(*warning));
  }
  result.notes = keys.notes;
  return result;
}

}  // namespace tpm2_sealed
