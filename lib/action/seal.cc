// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/action/seal.h"

#include <ctime>

#include "lib/action/ek_certificate.h"
#include "lib/base/crypto.h"
#include "lib/base/error.h"
#include "lib/tpm/lockout.h"
#include "lib/tpm/policy/lint.h"
#include "lib/tpm/session/negotiate.h"

namespace tpm2_sealed {
namespace {

constexpr std::size_t kSecretSize = 32;

// PCRs whose values at boot are stable, but which the running system may extend: systemd extends
// PCR 9 for what it adds to NV indices, PCR 11 for its phases, PCRs 12 and 13 for system
// extensions. PCRs 10 and 15 are called volatile for the same reason.
constexpr std::uint32_t kExtendedAfterInitramfs[] = {9, 11, 12, 13};

std::string NowUtc() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  char text[32];
  ::gmtime_r(&now, &utc);
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc));
}

std::optional<PcrSelection> WithLatch(std::optional<PcrSelection> selection,
                                      const std::optional<LatchPcr> &latch) {
  if (!latch) return selection;
  if (!selection) selection = PcrSelection{.bank = latch->bank};
  selection->mask |= 1u << latch->pcr;
  return selection;
}

void RefuseUnextended(Tpm &tpm, const PcrValues &pcrs, const SealRequest &request) {
  const UnifiedKernel booted = BootedKernel(tpm, pcrs);
  for (const auto &[pcr, value] : pcrs.values) {
    const bool latch = request.latch && request.latch->pcr == pcr;
    if (latch || !ProtectsNothing(pcr, value, booted)) continue;
    throw Error(Reason::kPolicyMismatch,
                "PCR " + std::to_string(pcr) + " (" + PcrMeaning(pcr) + ") in the " + pcrs.bank +
                    " bank was never extended: nothing has measured into it since the machine "
                    "started, so it would protect nothing",
                "choose other PCRs or another --bank, or use --force if you know why");
  }
}

// Returns whether the initramfs opens the token: then the present PCR values may not be those at
// the open.
bool OpensInInitramfs(const SealRequest &request) {
  return request.latch.has_value() || !request.in_initramfs.empty();
}

bool IsPresentValue(const SealRequest &request, std::uint32_t pcr) {
  return request.pcrs && request.pcrs->Contains(pcr) && !request.expected_pcrs.contains(pcr);
}

// systemd extends PCR 11 when the initramfs is entered and left and at each later phase of the boot
// (systemd-pcrphase.service(8)): the value of a running system never occurs in the initramfs.
void RefusePresentPcr11(const SealRequest &request) {
  if (!OpensInInitramfs(request) || !IsPresentValue(request, kUnifiedKernelPcr)) return;
  throw Error(Reason::kPolicyMismatch,
              "PCR 11 (" + std::string(PcrMeaning(kUnifiedKernelPcr)) +
                  ") does not hold now what it holds when the initramfs opens this volume: systemd "
                  "extends it at each phase of the boot, and the token would never open",
              "leave PCR 11 out, or seal to the value that it has in the initramfs with "
              "'cryptsetup-tpm2 seal --pcr-values 11=HEX'; use --force if nothing extends PCR 11 "
              "after the initramfs on this machine");
}

// Opens the keys and compares them a second time: somebody between CPU and TPM may have answered
// when they were chosen (tests/integration/attacker.test).
OpenedKeys OpenKeys(const Context &context, const ChosenKeys &keys) {
  SaltKey salt_key = OpenSaltKey(context, keys.salt_key);
  const bool same =
      ConstantTimeEqual(keys.salt_key.area.Marshalled(), keys.parent.area.Marshalled());
  std::optional<ParentKey> parent;
  if (same) {
    parent = ParentFromSaltKey(context, salt_key, keys.parent);
  } else {
    parent = keys.parent.handle ? OpenParentAtHandle(context, keys.parent)
                                : CreateParent(context, keys.parent);
  }
  if (!parent) {
    throw Error(Reason::kWrongTpm, "the parent key changed while it was read", "try again");
  }
  return {.salt_key = std::move(salt_key), .parent = std::move(*parent)};
}

}  // namespace

UnifiedKernel BootedKernel(Tpm &tpm, const PcrValues &pcrs) {
  if (const auto known = UnifiedKernelFrom(pcrs)) return *known;
  const PcrSelection selection{.bank = pcrs.bank, .mask = 1u << kUnifiedKernelPcr};
  return UnifiedKernelFrom(tpm.Pcrs(selection)).value_or(UnifiedKernel::kUnknown);
}

std::optional<PcrValues> TargetPcrs(Tpm &tpm, const SealRequest &request) {
  const auto selection = WithLatch(request.pcrs, request.latch);
  if (!selection) return std::nullopt;
  PcrValues pcrs = tpm.Pcrs(*selection);
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
  if (request.force == Force::kYes) return pcrs;
  RefuseUnextended(tpm, pcrs, request);
  RefusePresentPcr11(request);
  return pcrs;
}

std::vector<Warning> LintChoice(Tpm &tpm, const SealRequest &request,
                                const std::optional<PcrValues> &pcrs) {
  const std::optional<std::uint32_t> latch =
      request.latch ? std::optional(request.latch->pcr) : std::nullopt;
  const UnifiedKernel booted = pcrs ? BootedKernel(tpm, *pcrs) : UnifiedKernel::kUnknown;
  std::vector<Warning> warnings = LintPcrs(pcrs, latch, booted);
  if (!OpensInInitramfs(request)) return warnings;
  for (const std::uint32_t pcr : kExtendedAfterInitramfs) {
    if (!IsPresentValue(request, pcr) || latch == pcr) continue;
    warnings.push_back(
        {warning_id::kPcrAfterInitramfs,
         "PCR " + std::to_string(pcr) + " (" + PcrMeaning(pcr) +
             ") is sealed at its present value: if something has extended it since the initramfs "
             "opened its volumes, the token does not open at boot"});
  }
  return warnings;
}

ChosenKeys PrepareKeys(Tpm &tpm, const KeyRequest &request) {
  const Context &context = tpm.context();
  ChosenKeys keys =
      request.ek_ca ? ChooseCertifiedKeys(context, request) : ChooseKeys(context, request);
  const auto &ek_name = tpm.machine().ek_name;
  if (ek_name && !ConstantTimeEqual(keys.salt_key.area.Name(), *ek_name)) {
    throw Error(Reason::kWrongTpm,
                "the salt key is not the one that ek-name in the configuration demands",
                "correct ek-name if the TPM was replaced; otherwise distrust this TPM");
  }
  return keys;
}

std::optional<ChosenKeys> CertifiedKeys(Tpm &tpm, const KeyRequest &request) {
  if (!request.ek_ca) return std::nullopt;
  KeyRequest look_only = request;
  look_only.persist = Persist::kNever;
  return PrepareKeys(tpm, look_only);
}

bool CanEncrypt(Tpm &tpm, const ChosenKeys &keys) {
  const Context &context = tpm.context();
  const SaltKey salt_key = OpenSaltKey(context, keys.salt_key);
  return CanEncrypt(context, salt_key);
}

SecretBytes KeyslotPassphrase(const SealRequest &request, const SecretBytes &secret) {
  return request.pin ? PinPassphrase(secret, request.pin->keys.mix)
                     : SecretBytes::CopyOf(secret.view());
}

Policy PolicyOf(const SealRequest &request, const std::optional<PcrValues> &pcrs) {
  return TokenPolicy(pcrs, request.pin ? PinDemand::kRequired : PinDemand::kNone);
}

Sealer::Sealer(Tpm &tpm, const ChosenKeys &keys, const SealRequest &request)
    : context_(tpm.context()),
      keys_(keys),
      opened_(OpenKeys(context_, keys)),
      session_(StartHmacSession(context_, opened_.salt_key,
                                {.floor = request.floor,
                                 .permit = tpm.machine().permit,
                                 .carried = request.pin ? Carried::kPin : Carried::kSecret})) {}

SecretBytes Sealer::FreshSecret() const {
  const SecretBytes from_tpm = TpmRandom(context_, session_, kSecretSize);
  const SecretBytes from_kernel = KernelRandom(kSecretSize);
  return HkdfSha256(from_tpm.view(), from_kernel.view(), "cryptsetup-tpm2 v1 fresh secret",
                    kSecretSize);
}

TokenRecord Sealer::Seal(const SealRequest &request, const std::optional<PcrValues> &pcrs,
                         const SecretBytes &secret) const {
  const Sensitive sensitive{
      .data = secret.view(),
      .auth_value = request.pin ? request.pin->keys.auth_value.view() : ByteView()};
  const SealedObject object =
      tpm2_sealed::Seal(context_, opened_.parent, session_, sensitive, PolicyOf(request, pcrs));
  TokenRecord record;
  record.created = NowUtc();
  record.label = request.label;
  record.encryption = std::string(ProtectionName(protection()));
  record.salt_key = ToRecord(keys_.salt_key);
  record.parent = ToRecord(keys_.parent);
  record.sealed_public = object.public_area().Marshalled();
  record.sealed_private = object.MarshalledPrivate();
  if (pcrs) record.pcrs = TokenRecord::Pcrs{.bank = pcrs->bank, .values = pcrs->values};
  record.ek_certificate = keys_.ek_certificate;
  if (request.latch) record.latch = request.latch->pcr;
  if (request.pin) {
    record.pin = request.pin->kdf;
    record.passphrase = PassphraseForm::kHkdfPin;
  }
  return record;
}

OpenedKeys Sealer::TakeKeys() {
  session_.FlushNow();
  return std::move(opened_);
}

SealResult WithWarnings(Tpm &tpm, TokenRecord record, const ChosenKeys &keys,
                        const SealRequest &request) {
  SealResult result{.record = std::move(record), .warnings = {}, .notes = keys.notes};
  const auto add = [&](const std::vector<Warning> &more) {
    result.warnings.insert(result.warnings.end(), more.begin(), more.end());
  };
  std::optional<PcrValues> pcrs;
  if (result.record.pcrs) {
    pcrs = PcrValues{.bank = result.record.pcrs->bank, .values = result.record.pcrs->values};
  }
  add(LintChoice(tpm, request, pcrs));
  add(keys.warnings);
  if (request.pin) {
    add(LintPin(request.pin->pin.view()));
    add(LintLockout(ReadLockout(tpm.context())));
  }
  if (auto warning = PlaintextWarning(*ProtectionByName(result.record.encryption))) {
    result.warnings.push_back(std::move(*warning));
  }
  return result;
}

}  // namespace tpm2_sealed
