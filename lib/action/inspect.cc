// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/action/inspect.h"

#include <algorithm>
#include <string>

#include "lib/action/readiness.h"
#include "lib/base/encoding.h"
#include "lib/tpm/key/provision.h"
#include "lib/tpm/policy/lint.h"

namespace tpm2_sealed {
namespace {

// A keyslot that cryptsetup passes over opens nothing.
void CheckNotIgnored(const Volume &volume, int keyslot) {
  if (!volume.IsIgnored(keyslot)) return;
  throw Error(Reason::kBadToken,
              "keyslot " + std::to_string(keyslot) +
                  " has the priority 'ignore', so that cryptsetup passes over it",
              "change that with 'cryptsetup config --priority normal --key-slot " +
                  std::to_string(keyslot) + " " + volume.device() + "', or open with --token-id");
}

void CheckHasKeyslot(const SealedToken &token) {
  if (!token.record.keyslots.empty()) return;
  throw Error(Reason::kBadToken, "the token has no keyslot",
              "finish it with 'cryptsetup luksAddKey --new-token-id', or remove it");
}

// Checks that the passphrase opens a keyslot of the token, and returns the state of its mac. Throws
// Error.
MacState CheckKeyslot(const Volume &volume, const TokenEntry &entry, const SealedToken &token,
                      const SecretBytes &passphrase) {
  CheckHasKeyslot(token);
  const auto &keyslots = token.record.keyslots;
  const auto opened = std::ranges::find_if(
      keyslots, [&](int keyslot) { return volume.PassphraseOpens(keyslot, passphrase.view()); });
  if (opened == keyslots.end()) {
    throw Error(Reason::kBadToken, "what the TPM unseals does not open the token's keyslot",
                "the token belongs to another volume, or its keyslot was changed: enroll again");
  }
  CheckNotIgnored(volume, *opened);
  const Authorization authorization = volume.AuthorizeByPassphrase(passphrase.view(), *opened);
  return CheckMac(volume, authorization.volume_key, entry.json);
}

// Returns kUnknown if the TPM does not answer; the open that comes next says why.
UnifiedKernel BootedNow(const SealedToken &token, Tpm &tpm) {
  const PcrValues *pcrs = token.policy.Pcrs();
  if (pcrs == nullptr) return UnifiedKernel::kUnknown;
  if (const auto known = UnifiedKernelFrom(*pcrs)) return *known;
  try {
    return BootedKernel(tpm, *pcrs);
  } catch (const Error &) {
    return UnifiedKernel::kUnknown;
  }
}

// Warns of a key that is no longer where the token says. The token opens without it, and nobody
// would know why opening has become slow.
void WarnOfKey(TokenStatus &status, const Context &context, const PinnedKey &key,
               const char *role) {
  if (!key.handle || key.template_id == TemplateId::kHandle) return;
  const std::string what =
      std::string("the ") + role + " " + std::string(TemplateName(key.template_id));
  const std::string where = FormatHandle(*key.handle);
  const std::string slower = ", so that it is created again at every open, which takes longer: ";
  switch (WhatIsAtHandle(context, key)) {
    case AtHandle::kTheKey:
      return;
    case AtHandle::kNothing:
      status.warnings.push_back({warning_id::kPersistentKeyGone,
                                 what + " is no longer persistent at " + where + slower +
                                     "'cryptsetup-tpm2 enroll' makes it persistent again"});
      return;
    case AtHandle::kAnotherKey:
      status.warnings.push_back(
          {warning_id::kPersistentKeyReplaced,
           "another key is at " + where + " in the place of " + what + slower +
               "if nobody needs that other key, remove it with 'tpm2_evictcontrol -c " + where +
               "' and run 'cryptsetup-tpm2 enroll' again"});
      return;
  }
}

void WarnOfKeys(TokenStatus &status, Tpm &tpm) {
  try {
    const Context &context = tpm.context();
    WarnOfKey(status, context, status.token->salt_key, "salt key");
    if (status.token->parent.area.Marshalled() == status.token->salt_key.area.Marshalled()) return;
    WarnOfKey(status, context, status.token->parent, "parent key");
  } catch (const Error &) {
    // The open says why the TPM does not answer.
  }
}

void WarnOfMac(TokenStatus &status) {
  status.warnings.push_back(
      {warning_id::kMacWrong,
       "the mac of the token is wrong: its fields or keyslots were changed, or the volume was "
       "reencrypted: compare PCRs, latch, PIN and keyslots with what you enrolled; if they are "
       "right, " +
           EnrollCommand(*status.record, status.token->place) + " gives it a right mac"});
}

// Checks what else could be in the way of opening the token once the TPM gave its secret. Throws
// Error.
void CheckOpened(const Volume &volume, const TokenEntry &entry, TokenStatus &status,
                 const Opened &opened) {
  status.mac = CheckKeyslot(volume, entry, *status.token, opened.passphrase);
  auto warning = PlaintextWarning(opened.protection);
  if (warning) status.warnings.push_back(std::move(*warning));
  if (status.mac == MacState::kWrong) WarnOfMac(status);
}

// Returns nullopt if the TPM gives the token's secret, or would with its PIN; then `status` has the
// rest.
std::optional<Refusal> TryToken(const Volume &volume, const TokenEntry &entry, TokenStatus &status,
                                Tpm &tpm) {
  const SealedToken &token = *status.token;
  if (token.record.pin) {
    auto refusal = WhyNotReadyForPin(token, tpm);
    if (refusal) return refusal;
    CheckHasKeyslot(token);
    CheckNotIgnored(volume, token.record.keyslots.front());
    return std::nullopt;
  }
  auto outcome = Open(token, tpm);
  if (auto *refusal = std::get_if<Refusal>(&outcome)) return std::move(*refusal);
  CheckOpened(volume, entry, status, std::get<Opened>(outcome));
  return std::nullopt;
}

// Says that a token opens at the next boot only if it belongs to this TPM and has a keyslot.
void Explain(TokenStatus &status, Tpm &tpm, const Refusal &refusal) {
  const SealedToken &token = *status.token;
  status.error = ErrorOf(token, refusal);
  if (const auto *mismatch = std::get_if<PcrMismatch>(&refusal)) status.changed = mismatch->changed;
  if (!OnlyLatchChanged(token, refusal)) return;
  if (const auto why = WhyNotLoaded(token, tpm)) {
    status.error = why;
    return;
  }
  CheckHasKeyslot(token);
  status.opens_at_boot = true;
}

void Examine(const Volume &volume, const TokenEntry &entry, TokenStatus &status, Tpm &tpm) {
  status.record = TokenRecord::Parse(entry.json);
  if (status.record->mac.empty()) status.mac = MacState::kMissing;
  status.token = SealedToken::Of(*status.record);
  status.token->place = TokenPlace{volume.path().device, volume.path().header, entry.number};
  const auto latch = status.record->latch;
  status.warnings = LintPcrs(status.token->pcrs(), latch, BootedNow(*status.token, tpm));
  volume.CheckNoReencryption();
  if (const auto refusal = TryToken(volume, entry, status, tpm)) {
    return Explain(status, tpm, *refusal);
  }
  status.opens_at_boot = true;
  if (!latch) return;
  status.warnings.push_back(
      {warning_id::kLatchOpen,
       "the latch (PCR " + std::to_string(*latch) +
           ") is open: unless this is the initramfs, whatever runs on this machine "
           "can read the key; is cryptsetup-tpm2 in the initramfs?"});
}

TokenStatus Inspect(const Volume &volume, const TokenEntry &entry, Tpm &tpm) {
  TokenStatus status;
  status.number = entry.number;
  try {
    Examine(volume, entry, status, tpm);
  } catch (const Error &error) {
    status.error = error;
  }
  if (status.error && status.token) {
    const SealedToken &token = *status.token;
    status.error = Error(status.error->reason(), status.error->what(),
                         WithEnrollCommand(status.error->hint(), token.record, token.place));
  }
  if (status.token && (!status.error || status.opens_at_boot)) WarnOfKeys(status, tpm);
  return status;
}

}  // namespace

std::vector<TokenStatus> InspectAll(const Volume &volume, Tpm &tpm) {
  const std::vector<TokenEntry> entries = volume.OurTokens();
  // The PCRs of a bank are read once for all tokens.
  for (const TokenEntry &entry : entries) {
    const auto token = SealedToken::TryParse(entry.json);
    const PcrValues *pcrs = token ? token->policy.Pcrs() : nullptr;
    if (pcrs == nullptr) continue;
    tpm.ExpectPcrs(pcrs->Selection());
    if (UnifiedKernelFrom(*pcrs)) continue;
    tpm.ExpectPcrs({.bank = pcrs->bank, .mask = 1u << kUnifiedKernelPcr});
  }
  std::vector<TokenStatus> statuses;
  for (const TokenEntry &entry : entries) statuses.push_back(Inspect(volume, entry, tpm));
  return statuses;
}

}  // namespace tpm2_sealed
