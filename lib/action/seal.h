// SPDX-License-Identifier: LGPL-2.1-or-later
// Seal: makes a token from a secret, without any volume.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/action/unlock.h"
#include "lib/base/secret.h"
#include "lib/base/warning.h"
#include "lib/format/token_record.h"
#include "lib/sealed/pin.h"
#include "lib/tpm/key/provision.h"
#include "lib/tpm/policy/latch.h"
#include "lib/tpm/policy/lint.h"
#include "lib/tpm/policy/pcr.h"
#include "lib/tpm/session/session.h"

namespace tpm2_sealed {

enum class Force { kNo, kYes };

struct SealRequest {
  KeyRequest keys;
  std::optional<PcrSelection> pcrs;              // nullopt: no PCRs at all, on purpose
  std::optional<LatchPcr> latch;                 // in the bank of `pcrs`, but not one of them
  std::map<std::uint32_t, Bytes> expected_pcrs;  // instead of what these PCRs hold now
  std::string label;
  std::shared_ptr<const NewPin> pin;  // null: no PIN
  Force force = Force::kNo;           // seal to unextended PCRs, and to the present PCR 11, too
  std::string in_initramfs;           // why the initramfs opens the volume; empty: nothing says so
  Protection floor = Protection::kAes;  // the least protection of the sessions
};

struct SealResult {
  TokenRecord record;
  std::vector<Warning> warnings;
  std::vector<std::string> notes;  // what happened to the TPM's keys, in sentences
};

// Returns what a token's PCRs will have to hold; the latch has to be zero, whatever it holds now.
// Throws Error(kPolicyMismatch), unless forced, for a PCR that nobody has extended, since everybody
// could reach that value ("TPM carte blanche", ProtectsNothing in lint.h), and for the present
// value of PCR 11 in a token that the initramfs has to open. Throws Error(kNotSupported) for an
// inactive bank.
std::optional<PcrValues> TargetPcrs(Tpm &tpm, const SealRequest &request);

// Returns whether this machine has booted a unified kernel image, as far as that matters to `pcrs`.
UnifiedKernel BootedKernel(Tpm &tpm, const PcrValues &pcrs);

// Returns the warnings about that choice: those of LintPcrs, and one for each PCR whose present
// value may be another at boot.
std::vector<Warning> LintChoice(Tpm &tpm, const SealRequest &request,
                                const std::optional<PcrValues> &pcrs);

// Chooses and, where asked, persists the keys. No other part of sealing changes the TPM.
ChosenKeys PrepareKeys(Tpm &tpm, const KeyRequest &request);

// For --ek-ca: returns the keys that PrepareKeys will choose and verify, and leaves the TPM as it
// is. Returns nullopt if no certificate is asked for.
std::optional<ChosenKeys> CertifiedKeys(Tpm &tpm, const KeyRequest &request);

// Returns whether a session of this TPM can encrypt, with either cipher.
bool CanEncrypt(Tpm &tpm, const ChosenKeys &keys);

// Returns the passphrase of the keyslot whose token `secret` is sealed in.
SecretBytes KeyslotPassphrase(const SealRequest &request, const SecretBytes &secret);

// Returns the policy of an object that is sealed for `request`.
Policy PolicyOf(const SealRequest &request, const std::optional<PcrValues> &pcrs);

// Seals with keys that it opens once, in one session that is salted to them. The Tpm must not
// connect again while it lives.
class Sealer {
 public:
  // `keys` must outlive it. Throws Error.
  Sealer(Tpm &tpm, const ChosenKeys &keys, const SealRequest &request);

  // Returns 32 bytes made from the kernel's generator and the TPM's, either of which alone would be
  // enough. The TPM's bytes cross the bus encrypted.
  SecretBytes FreshSecret() const;
  // Seals `secret` (1 to 128 bytes) to `pcrs`, under the request's PIN if it has one. The record
  // has no keyslots and is not pending.
  TokenRecord Seal(const SealRequest &request, const std::optional<PcrValues> &pcrs,
                   const SecretBytes &secret) const;
  Protection protection() const { return session_.protection(); }
  // Ends the session and gives the keys away.
  OpenedKeys TakeKeys();

 private:
  const Context &context_;
  const ChosenKeys &keys_;
  OpenedKeys opened_;
  HmacSession session_;
};

// Returns `record`, which was sealed with `keys` for `request`, with its warnings and notes.
SealResult WithWarnings(Tpm &tpm, TokenRecord record, const ChosenKeys &keys,
                        const SealRequest &request);

}  // namespace tpm2_sealed
