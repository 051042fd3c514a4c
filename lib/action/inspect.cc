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

// A keyslot that cryptsetup passes over is as good as none.
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

// As far as that goes without the PIN.
void CheckOpensWithPin(const Volume &volume, const SealedToken &token, const Machine &machine) {
  volume.CheckNoReencryption();
  CheckReadyForPin(token, machine);
  CheckHasKeyslot(token);
  CheckNotIgnored(volume, token.record.keyslots.front());
}

struct Opened {
  Protection protection;  // what the secret crossed the bus with
  MacState mac;
};

Opened CheckOpens(const Volume &volume, const TokenEntry &entry, const SealedToken &token,
                  const Machine &machine) {
  volume.CheckNoReencryption();
  const Unlocked unlocked = Unlock(token, machine);
  CheckHasKeyslot(token);
  const auto &keyslots = token.record.keyslots;
  const auto opened = std::ranges::find_if(keyslots, [&](int keyslot) {
    return volume.PassphraseOpens(keyslot, unlocked.passphrase.view());
  });
  if (opened == keyslots.end()) {
    throw Error(Reason::kBadToken, "what the TPM unseals does not open the token's keyslot",
                "the token belongs to another volume, or its keyslot was changed: enroll again");
  }
  CheckNotIgnored(volume, *opened);
  const Authorization authorization =
      volume.AuthorizeByPassphrase(unlocked.passphrase.view(), *opened);
  return {unlocked.protection, CheckMac(volume, authorization.volume_key, entry.json)};
}

UnifiedKernel BootedNow(const SealedToken &token, const Machine &machine) {
  const PcrValues *pcrs = token.policy.Pcrs();
  if (pcrs == nullptr) return UnifiedKernel::kUnknown;
  if (const auto known = UnifiedKernelFrom(*pcrs)) return *known;
  try {
    const Context context = machine.Connect();
    return FindUnifiedKernel(context, *pcrs);
  } catch (const Error &) {
    // What is wrong with the TPM is said by the open that comes next.
    return UnifiedKernel::kUnknown;
  }
}

void ExplainMismatch(TokenStatus &status, const Machine &machine) {
  try {
    status.changed = ChangedPcrs(*status.token, machine);
  } catch (const Error &) {
    // The first error already says what happened.
    return;
  }
  if (!OnlyLatchChanged(*status.token, status.changed)) return;
  // That it opens at the next boot is not said of a token of another TPM or without keyslot.
  try {
    CheckLoads(*status.token, machine);
    CheckHasKeyslot(*status.token);
    status.opens_at_boot = true;
  } catch (const Error &error) {
    status.error = error;
  }
}

// A key that is no longer where the token says: the token opens without it, and nobody would know
// why that has become slow.
void WarnOfKey(TokenStatus &status, const Context &context, const PinnedKey &key,
               const char *role) {
  if (!key.handle || key.template_id == TemplateId::kHandle) return;
  const std::string what =
      std::string("the ") + role + " " + std::string(TemplateName(key.template_id));
  const std::string where = FormatHandle(*key.handle);
  const std::string slower = ", so that it is made anew at every open, which takes longer: ";
  switch (WhatIsAtHandle(context, key)) {
    case AtHandle::kTheKey:
      return;
    case AtHandle::kNothing:
      status.warnings.push_back(
          {"persistent-key-gone", what + " is no longer persistent at " + where + slower +
                                      "'cryptsetup-tpm2 enroll' makes it persistent again"});
      return;
    case AtHandle::kAnotherKey:
      status.warnings.push_back(
          {"persistent-key-replaced",
           "another key is at " + where + " in the place of " + what + slower +
               "if nobody needs that other key, remove it with 'tpm2_evictcontrol -c " + where +
               "' and run 'cryptsetup-tpm2 enroll' again"});
      return;
  }
}

void WarnOfKeys(TokenStatus &status, const Machine &machine) {
  try {
    const Context context = machine.Connect();
    WarnOfKey(status, context, status.token->salt_key, "salt key");
    if (status.token->parent.area.Marshalled() == status.token->salt_key.area.Marshalled()) return;
    WarnOfKey(status, context, status.token->parent, "parent key");
  } catch (const Error &) {
    // Why the TPM does not answer is said of the opening.
  }
}

}  // namespace

TokenStatus Inspect(const Volume &volume, const TokenEntry &entry, const Machine &machine) {
  TokenStatus status;
  status.number = entry.number;
  try {
    status.record = TokenRecord::Parse(entry.json);
    if (status.record->mac.empty()) status.mac = MacState::kMissing;
    status.token = SealedToken::Parse(entry.json);
    status.token->place = TokenPlace{volume.path().device, volume.path().header, entry.number};
    const auto latch = status.record->latch;
    const SealedToken &token = *status.token;
    status.warnings = LintPcrs(token.pcrs(), latch, BootedNow(token, machine));
    if (status.record->pin) {
      CheckOpensWithPin(volume, *status.token, machine);
    } else {
      const Opened opened = CheckOpens(volume, entry, *status.token, machine);
      auto warning = PlaintextWarning(opened.protection);
      if (warning) status.warnings.push_back(std::move(*warning));
      status.mac = opened.mac;
      if (opened.mac == MacState::kWrong) {
        status.warnings.push_back(
            {"mac-wrong",
             "the mac of the token is wrong: its fields or keyslots were changed, or the volume "
             "was "
             "reencrypted: compare PCRs, latch, PIN and keyslots with what you enrolled; if they "
             "are right, " +
                 EnrollCommand(*status.record, status.token->place) + " gives it a right mac"});
      }
    }
    status.opens_at_boot = true;
    if (latch) {
      status.warnings.push_back(
          {"latch-open", "the latch (PCR " + std::to_string(*latch) +
                             ") is open: unless this is the initramfs, whatever runs on this "
                             "machine can read the key; is cryptsetup-tpm2 in the initramfs?"});
    }
  } catch (const Error &error) {
    status.error = error;
    if (error.reason() == Reason::kPolicyMismatch && status.token) {
      ExplainMismatch(status, machine);
    }
  }
  if (status.error && status.token) {
    const SealedToken &token = *status.token;
    status.error = Error(status.error->reason(), status.error->what(),
                         WithEnrollCommand(status.error->hint(), token.record, token.place));
  }
  if (status.token && (!status.error || status.opens_at_boot)) WarnOfKeys(status, machine);
  return status;
}

}  // namespace tpm2_sealed
