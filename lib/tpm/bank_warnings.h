// SPDX-License-Identifier: LGPL-2.1-or-later
// BankWarnings: what the PCR banks of a TPM say of who has allocated them.
#pragma once

#include <vector>

#include "lib/base/warning.h"
#include "lib/tpm/link/context.h"
#include "lib/tpm/policy/pcr.h"

namespace tpm2_sealed {

// A bank that has some PCRs and lacks others: firmware makes none like that. Whoever talked to the
// TPM before the firmware did, may have, to keep the latch from being extended there.
std::vector<Warning> BankWarnings(const std::vector<PcrBank> &banks);
// The same of this TPM. Throws Error if it does not answer.
std::vector<Warning> BankWarnings(const Context &context);

}  // namespace tpm2_sealed
