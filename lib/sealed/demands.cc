// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/sealed/demands.h"

#include <vector>

#include "lib/base/crypto.h"
#include "lib/base/words.h"
#include "lib/tpm/policy/latch.h"
#include "lib/tpm/policy/lint.h"

namespace tpm2_sealed {

Demands Demands::Of(const TokenRecord &record) {
  Demands demands;
  if (record.pin) demands.pin = PinDemand::kRequired;
  if (!record.pcrs) return demands;
  demands.pcrs.bank = record.pcrs->bank;
  for (const auto &[pcr, value] : record.pcrs->values) {
    if (pcr == record.latch) {
      if (!IsLatchExtended(value)) demands.latch = pcr;
    } else if (!ProtectsNothing(pcr, value, UnifiedKernel::kUnknown)) {
      demands.pcrs.mask |= 1u << pcr;
    }
  }
  return demands;
}

std::string WhatIsMissing(const Demands &weaker, const Demands &stronger) {
  std::vector<std::string> missing;
  for (const std::uint32_t pcr : stronger.pcrs.Numbers()) {
    if (weaker.pcrs.Contains(pcr)) continue;
    missing.push_back("PCR " + std::to_string(pcr) + " (" + PcrMeaning(pcr) + ")");
  }
  if (weaker.pcrs.mask != 0 && stronger.pcrs.mask != 0 &&
      DigestSize(weaker.pcrs.bank) < DigestSize(stronger.pcrs.bank)) {
    missing.push_back("values of the " + stronger.pcrs.bank + " bank");
  }
  if (stronger.latch && !weaker.latch) missing.push_back("the latch");
  if (stronger.pin == PinDemand::kRequired && weaker.pin == PinDemand::kNone) {
    missing.push_back("a PIN");
  }
  return JoinWords(missing);
}

}  // namespace tpm2_sealed
