// SPDX-License-Identifier: LGPL-2.1-or-later
// Machine: how this machine reaches its TPM, and what it insists on; and Tpm, that TPM as one
// action uses it.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "lib/base/argon2.h"
#include "lib/base/budget.h"
#include "lib/base/bytes.h"
#include "lib/base/config.h"
#include "lib/tpm/link/context.h"
#include "lib/tpm/policy/pcr.h"

namespace tpm2_sealed {

struct Machine {
  std::string tcti;
  std::chrono::seconds command_limit{120};
  std::optional<Bytes> ek_name;  // refuse any other salt key than the one of this Name
  std::optional<PlaintextPermit> permit;
  std::uint32_t argon2_floor_kib = kArgon2DefaultFloorKib;  // PIN tokens with less are refused
  std::shared_ptr<Budget> budget;  // what opening may cost; null: as much as it takes

  Context::Options OptionsWith(Leftovers leftovers = Leftovers::kFlush) const {
    return {.tcti = tcti, .command_limit = command_limit, .leftovers = leftovers, .budget = budget};
  }
};

// The machine's TPM over one connection, for one action. Shown by tests/integration/wire.test.
class Tpm {
 public:
  // `machine` outlives it.
  explicit Tpm(const Machine &machine, Leftovers leftovers = Leftovers::kFlush)
      : machine_(machine), leftovers_(leftovers) {}
  Tpm(const Tpm &) = delete;
  Tpm &operator=(const Tpm &) = delete;

  const Machine &machine() const noexcept { return machine_; }

  // The connection, which is made when it is first asked for. Another one takes its place only
  // after an answer that was damaged or did not come, since ESYS refuses every later call then: so
  // no key, object or session may be alive in the caller. Throws Error(kNoTpm) or Error(kBusy).
  const Context &context();
  // The next call of context() connects again: for a plain session (negotiate.h).
  void Renew() noexcept { context_.reset(); }
  // The same, and what was read counts no more: while somebody types, or another program may be at
  // work with the TPM. A TPM without a resource manager has one connection at a time.
  void Release() noexcept;

  // What these PCRs hold; each is read once. Throws Error as ReadPcrs does.
  PcrValues Pcrs(const PcrSelection &selection);
  // What will be asked for: the first read of a bank reads all of that along.
  void ExpectPcrs(const PcrSelection &selection) { expected_[selection.bank] |= selection.mask; }

 private:
  const Machine &machine_;
  const Leftovers leftovers_;
  std::optional<Context> context_;
  std::map<std::string, PcrValues> read_;
  std::map<std::string, std::uint32_t> expected_;
};

}  // namespace tpm2_sealed
