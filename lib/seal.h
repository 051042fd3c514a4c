// SPDX-License-Identifier: LGPL-2.1-or-later
// Seal: from a secret to a token, without any volume.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/secret.h"
#include "lib/base/warning.h"
#include "lib/luks/token_record.h"
#include "lib/pin.h"
#include "lib/tpm/latch.h"
#include "lib/tpm/pcr.h"
#include "lib/tpm/provision.h"
#include "lib/unlock.h"

namespace tpm2_sealed {

enum class Force { kNo, kYes };

struct SealRequest {
  KeyRequest keys;
  std::optional<PcrSelection> pcrs;              // nothing: no PCRs at all, on purpose
  std::optional<LatchPcr> latch;                 // in the bank of `pcrs`, and none of them
  std::map<std::uint32_t, Bytes> expected_pcrs;  // instead of what these PCRs hold now
  std::string label;
  std::shared_ptr<const NewPin> pin;  // nothing: no PIN
  Force force = Force::kNo;           // seal to unextended PCRs too
  Protection floor;                   // the least that the sessions must have
};

struct SealResult {
  TokenRecord record;  // keyslots empty, not pending
  std::vector<Warning> warnings;
  std::vector<std::string> notes;  // what happened to the TPM's keys, in sentences
};

// What a token's PCRs will have to hold: the latch zero, whatever it holds now. Throws
// Error(kPolicyMismatch) for a PCR below 8 that nobody has extended, unless forced: the firmware
// has not measured, and everybody could get there
// ("TPM carte blanche"). Error(kNotSupported) for an inactive bank.
std::optional<PcrValues> TargetPcrs(const TpmAccess &access, const SealRequest &request);

// 32 bytes from the kernel's generator and the TPM's, either of which would do alone.
// The TPM's cross the bus encrypted.
SecretBytes FreshSecret(const TpmAccess &access, const ChosenKeys &keys, Protection floor);

// Chooses and, where asked, persists the keys: the one part of sealing that changes the TPM.
ChosenKeys PrepareKeys(const TpmAccess &access, const KeyRequest &request);

// For --ek-ca: the keys as PrepareKeys will choose and verify them, with the TPM left as it is.
// Nothing if no certificate is asked for.
std::optional<ChosenKeys> CertifiedKeys(const TpmAccess &access, const KeyRequest &request);

// Whether a session of this TPM can encrypt, with either cipher.
bool CanEncrypt(const TpmAccess &access, const ChosenKeys &keys);

// What opens the keyslot of a token that `secret` is sealed in.
SecretBytes KeyslotPassphrase(const SealRequest &request, const SecretBytes &secret);

// What an object sealed so demands: its authPolicy.
Policy PolicyOf(const SealRequest &request, const std::optional<PcrValues> &pcrs);

// Seals `secret` (1 to 128 bytes) to `pcrs`, under the request's PIN if it has one.
SealResult SealSecret(const TpmAccess &access, const ChosenKeys &keys, const SealRequest &request,
                      const std::optional<PcrValues> &pcrs, const SecretBytes &secret);

}  // namespace tpm2_sealed
