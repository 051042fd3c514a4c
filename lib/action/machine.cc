// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/action/machine.h"

namespace tpm2_sealed {

const Context &Tpm::context() {
  if (context_ && context_->is_spent()) context_.reset();
  if (!context_) context_.emplace(machine_.OptionsWith(leftovers_));
  return *context_;
}

void Tpm::Release() noexcept {
  Renew();
  read_.clear();
}

PcrValues Tpm::Pcrs(const PcrSelection &selection) {
  PcrValues &known = read_[selection.bank];
  known.bank = selection.bank;
  PcrSelection missing = selection;
  for (const auto &[pcr, value] : known.values) missing.mask &= ~(1u << pcr);
  if (missing.mask != 0) {
    // A bank may lack a PCR that is only expected; that must not make the others unreadable.
    PcrSelection more = missing;
    more.mask |= expected_[selection.bank];
    for (const auto &[pcr, value] : known.values) more.mask &= ~(1u << pcr);
    std::optional<PcrValues> now;
    if (more.mask != missing.mask) now = TryReadPcrs(context(), more);
    if (!now) now = ReadPcrs(context(), missing);
    known.values.merge(now->values);
  }
  PcrValues values{.bank = selection.bank, .values = {}};
  for (const std::uint32_t pcr : selection.Numbers()) values.values[pcr] = known.values.at(pcr);
  return values;
}

}  // namespace tpm2_sealed
