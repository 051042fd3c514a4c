// SPDX-License-Identifier: LGPL-2.1-or-later
// Describe: what this TPM is and can do, as far as sealing is concerned.
#pragma once

#include <string>
#include <vector>

#include "lib/action/machine.h"
#include "lib/tpm/capability.h"
#include "lib/tpm/lockout.h"
#include "lib/tpm/policy/pcr.h"

namespace tpm2_sealed {

struct TpmDescription {
  TpmIdentity identity;
  KindGuess kind;
  bool aes_128_cfb = false;  // as TPM2_TestParms and, where there is a salt key, a session say
  bool xor_sha256 = false;
  std::vector<PcrBank> banks;
  PersistentKeys keys;
  std::uint32_t persistent_free = 0;
  Lockout lockout;
};

// Changes nothing in the TPM. Throws Error.
TpmDescription DescribeTpm(Tpm &connection);

}  // namespace tpm2_sealed
