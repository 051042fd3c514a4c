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
#include "lib/tpm/policy/lint.h"
#include "lib/tpm/policy/pcr.h"
#include "lib/tpm/session/session.h"

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
  TokenRecord record;
  std::vector<Warning> warnings;
  std::vector<std::string> notes;  // what happened to the TPM's keys, in sentences
};

// What a token's PCRs will have to hold: the latch zero, whatever it holds now. Throws
// Error(kPolicyMismatch), unless forced, for a PCR that nobody has extended, since everybody could
// get there ("TPM carte blanche", ProtectsNothing in lint.h), and for the present value of PCR 11
// in a token that the initramfs has to open. Error(kNotSupported) for an inactive bank.
std::optional<PcrValues> TargetPcrs(Tpm &tpm, const SealRequest &request);

// Whether this machine has booted a unified kernel image, as far as that matters to `pcrs`.
UnifiedKernel BootedKernel(Tpm &tpm, const PcrValues &pcrs);

// What is to be said of that choice: LintPcrs, and which of the values that the PCRs hold now may
// be others at boot.
std::vector<Warning> LintChoice(Tpm &tpm, const SealRequest &request,
                                const std::optional<PcrValues> &pcrs);

// Chooses and, where asked, persists the keys: the one part of sealing that changes the TPM.
ChosenKeys PrepareKeys(Tpm &tpm, const KeyRequest &request);

// For --ek-ca: the keys as PrepareKeys will choose and verify them, with the TPM left as it is.
// Nothing if no certificate is asked for.
std::optional<ChosenKeys> CertifiedKeys(Tpm &tpm, const KeyRequest &request);

// Whether a session of this TPM can encrypt, with either cipher.
bool CanEncrypt(Tpm &tpm, const ChosenKeys &keys);

// What opens the keyslot of a token that `secret` is sealed in.
SecretBytes KeyslotPassphrase(const SealRequest &request, const SecretBytes &secret);

// What an object sealed so demands: its authPolicy.
Policy PolicyOf(const SealRequest &request, const std::optional<PcrValues> &pcrs);

// The keys of one sealing, opened once, and one session that is salted to them. The Tpm is not to
// connect again while it lives.
class Sealer {
 public:
  // `keys` outlive it. Throws Error.
  Sealer(Tpm &tpm, const ChosenKeys &keys, const SealRequest &request);

  // 32 bytes from the kernel's generator and the TPM's, either of which would do alone. The TPM's
  // cross the bus encrypted.
  SecretBytes FreshSecret() const;
  // Seals `secret` (1 to 128 bytes) to `pcrs`, under the request's PIN if it has one. Keyslots are
  // empty, and the token is not pending.
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

// `record`, which was sealed so, with all that is to be said of it.
SealResult WithWarnings(Tpm &tpm, TokenRecord record, const ChosenKeys &keys,
                        const SealRequest &request);

}  // namespace tpm2_sealed
