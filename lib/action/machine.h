// SPDX-License-Identifier: LGPL-2.1-or-later
// Machine: how this machine reaches its TPM, and what it insists on. Tpm: that TPM, as one action
// uses it.
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
  std::optional<Bytes> ek_name;  // salt keys with another Name are refused
  std::optional<PlaintextPermit> permit;
  std::uint32_t argon2_floor_kib = kArgon2DefaultFloorKib;  // PIN tokens with less are refused
  std::shared_ptr<Budget> budget;  // what opening may cost; null: as much as it takes

  Context::Options OptionsWith(Leftovers leftovers = Leftovers::kFlush) const {
    return {.tcti = tcti, .command_limit = command_limit, .leftovers = leftovers, .budget = budget};
  }
};

// The machine's TPM over one connection, for one action. tests/integration/wire.test shows this.
class Tpm {
 public:
  // `machine` must outlive it.
  explicit Tpm(const Machine &machine, Leftovers leftovers = Leftovers::kFlush)
      : machine_(machine), leftovers_(leftovers) {}
  Tpm(const Tpm &) = delete;
  Tpm &operator=(const Tpm &) = delete;

  const Machine &machine() const noexcept { return machine_; }

  // Returns the connection, and makes it at the first call. Makes another one only after an answer
  // that was damaged or did not come, since ESYS then refuses every later call: so the caller must
  // not hold a key, object or session. Throws Error(kNoTpm) or Error(kBusy).
  const Context &context();
  // Whether the next call of context() would connect again, for that reason.
  bool is_spent() const noexcept { return context_ && context_->is_spent(); }
  // Makes the next call of context() connect again, for a plain session (negotiate.h).
  void Renew() noexcept { context_.reset(); }
  // Does the same, and forgets what was read: for the time in which somebody types, or another
  // program may use the TPM. A TPM without a resource manager has one connection at a time.
  void Release() noexcept;

  // Returns what these PCRs hold. Each PCR is read once. Throws Error as ReadPcrs does.
  PcrValues Pcrs(const PcrSelection &selection);
  // Announces PCRs that will be asked for, so that the first read of a bank includes them.
  void ExpectPcrs(const PcrSelection &selection) { expected_[selection.bank] |= selection.mask; }

 private:
  const Machine &machine_;
  const Leftovers leftovers_;
  std::optional<Context> context_;
  std::map<std::string, PcrValues> read_;
  std::map<std::string, std::uint32_t> expected_;
};

}  // namespace tpm2_sealed
