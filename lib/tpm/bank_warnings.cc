// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/bank_warnings.h"

#include <string>

#include "lib/base/words.h"

namespace tpm2_sealed {
namespace {

std::string Missing(const PcrBank &bank) {
  const PcrSelection missing{.bank = bank.name, .mask = ~bank.mask & ((1u << kPcrCount) - 1)};
  return ListNumbers(missing.Numbers());
}

}  // namespace

std::vector<Warning> BankWarnings(const std::vector<PcrBank> &banks) {
  std::vector<Warning> warnings;
  for (const PcrBank &bank : banks) {
    if (!bank.IsActive() || bank.IsWhole()) continue;
    warnings.push_back(
        {warning_id::kPartialBank,
         "the PCR bank " + bank.name + " of this TPM lacks PCR " + Missing(bank) +
             ": firmware allocates whole banks, so somebody else may have done this "
             "(TPM2_PCR_Allocate). Choose the banks again in the firmware setup, and do not seal "
             "to this one"});
  }
  return warnings;
}

std::vector<Warning> BankWarnings(const Context &context) {
  return BankWarnings(ListBanks(context));
}

}  // namespace tpm2_sealed
