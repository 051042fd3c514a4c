// SPDX-License-Identifier: LGPL-2.1-or-later
// Machine: how this machine reaches its TPM, and what it insists on.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "lib/base/argon2.h"
#include "lib/base/budget.h"
#include "lib/base/bytes.h"
#include "lib/base/config.h"
#include "lib/tpm/link/context.h"

namespace tpm2_sealed {

struct Machine {
  std::string tcti;
  std::chrono::seconds command_limit{120};
  std::optional<Bytes> ek_name;  // refuse any other salt key than the one of this Name
  std::optional<PlaintextPermit> permit;
  std::uint32_t argon2_floor_kib = kArgon2DefaultFloorKib;  // PIN tokens with less are refused
  std::shared_ptr<Budget> budget;  // what opening may cost; null: as much as it takes

  // A connection with these limits. Throws Error(kNoTpm) or Error(kBusy).
  Context Connect(Leftovers leftovers = Leftovers::kFlush) const {
    return Context(OptionsWith(leftovers));
  }
  Context::Options OptionsWith(Leftovers leftovers = Leftovers::kFlush) const {
    return {.tcti = tcti, .command_limit = command_limit, .leftovers = leftovers, .budget = budget};
  }
};

}  // namespace tpm2_sealed
