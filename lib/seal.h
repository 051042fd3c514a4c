// SPDX-License-Identifier: LGPL-2.1-or-later
// Seal: from a secret to a token, without any volume.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/secret.h"
#include "lib/base/warning.h"
#include "lib/luks/token_record.h"
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
  Force force = Force::kNo;  // seal to unextended PCRs too
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
SecretBytes FreshSecret(const TpmAccess &access, const ChosenKeys &keys);

// Chooses and, where asked, persists the keys: the one part of sealing that changes the TPM.
ChosenKeys PrepareKeys(const TpmAccess &access, const KeyRequest &request);

// Whether a session of this TPM can encrypt, with either cipher.
bool CanEncrypt(const TpmAccess &access, const ChosenKeys &keys);

// Seals `secret` (1 to 128 bytes) to `pcrs`.
SealResult SealSecret(const TpmAccess &access, const ChosenKeys &keys, const SealRequest &request,
                      const std::optional<PcrValues> &pcrs, const SecretBytes &secret);

}  // namespace tpm2_sealed
