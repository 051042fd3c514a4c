// SPDX-License-Identifier: LGPL-2.1-or-later
// Seal: from a secret to a token, without any volume.
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
#include "lib/tpm/policy/pcr.h"

namespace tpm2_sealed {

enum class Force { kNo, kYes };

struct SealRequest {
  KeyRequest keys;
  std::optional<PcrSelection> pcrs;              // nothing: no PCRs at all, on purpose
  std::optional<LatchPcr> latch;                 // in the bank of `pcrs`, and none of them
  std::map<std::uint32_t, Bytes> expected_pcrs;  // instead of what these PCRs hold now
  std::string label;
  std::shared_ptr<const NewPin> pin;  // nothing: no PIN
  Force force = Force::kNo;           // seal to unextended PCRs, and to the present PCR 11, too
  std::string in_initramfs;           // why the initramfs opens the volume; empty: nothing says so
  Protection floor = Protection::kAes;  // the least that the sessions must have
};

struct SealResult {
  TokenRecord record;  // keyslots empty, not pending
  std::vector<Warning> warnings;
  std::vector<std::string> notes;  // what happened to the TPM's keys, in sentences
};

// What a token's PCRs will have to hold: the latch zero, whatever it holds now. Throws
// Error(kPolicyMismatch), unless forced, for a PCR that nobody has extended, since everybody could
// get there ("TPM carte blanche", ProtectsNothing in lint.h), and for the present value of PCR 11
// in a token that the initramfs has to open. Error(kNotSupported) for an inactive bank.
std::optional<PcrValues> TargetPcrs(const Machine &machine, const SealRequest &request);

// What is to be said of that choice: LintPcrs, and which of the values that the PCRs hold now may
// be others at boot.
std::vector<Warning> LintChoice(const Context &context, const SealRequest &request,
                                const std::optional<PcrValues> &pcrs);

// 32 bytes from the kernel's generator and the TPM's, either of which would do alone.
// The TPM's cross the bus encrypted.
SecretBytes FreshSecret(const Machine &machine, const ChosenKeys &keys, Protection floor);

// Chooses and, where asked, persists the keys: the one part of sealing that changes the TPM.
ChosenKeys PrepareKeys(const Machine &machine, const KeyRequest &request);

// For --ek-ca: the keys as PrepareKeys will choose and verify them, with the TPM left as it is.
// Nothing if no certificate is asked for.
std::optional<ChosenKeys> CertifiedKeys(const Machine &machine, const KeyRequest &request);

// Whether a session of this TPM can encrypt, with either cipher.
bool CanEncrypt(const Machine &machine, const ChosenKeys &keys);

// What opens the keyslot of a token that `secret` is sealed in.
SecretBytes KeyslotPassphrase(const SealRequest &request, const SecretBytes &secret);

// What an object sealed so demands: its authPolicy.
Policy PolicyOf(const SealRequest &request, const std::optional<PcrValues> &pcrs);

// Seals `secret` (1 to 128 bytes) to `pcrs`, under the request's PIN if it has one.
SealResult SealSecret(const Machine &machine, const ChosenKeys &keys, const SealRequest &request,
                      const std::optional<PcrValues> &pcrs, const SecretBytes &secret);

}  // namespace tpm2_sealed
