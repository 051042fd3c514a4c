// SPDX-License-Identifier: LGPL-2.1-or-later
// BankWarnings: whether somebody other than the firmware has allocated the TPM's PCR banks.
#pragma once

#include <vector>

#include "lib/base/warning.h"
#include "lib/tpm/link/context.h"
#include "lib/tpm/policy/pcr.h"

namespace tpm2_sealed {

// Warns of a bank that has some PCRs and lacks others. Firmware does not allocate such a bank, but
// an attacker who talks to the TPM before the firmware can, to keep the latch from being extended
// there.
std::vector<Warning> BankWarnings(const std::vector<PcrBank> &banks);
// Lists the banks of this TPM and warns of them. Throws Error if it does not answer.
std::vector<Warning> BankWarnings(const Context &context);

}  // namespace tpm2_sealed
