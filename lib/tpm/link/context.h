// SPDX-License-Identifier: LGPL-2.1-or-later
// Context: one connection to one TPM.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "lib/base/budget.h"
#include "lib/tpm/link/hung_tpms.h"
#include "lib/tpm/link/tss.h"

namespace tpm2_sealed {

class Transport;

// What a connection leaves in the TPM when it ends.
enum class Leftovers {
  kFlush,              // nothing: it flushes every object and session
  kToResourceManager,  // what closing flushes anyway, to save commands
};

// How long a command is sent again while the TPM is busy.
enum class Patience {
  kMoment,  // about a second
  kLimit,   // as long as one answer may take (tpm-timeout): for the latch
};

class Context {
 public:
  struct Options {
    std::string tcti;  // in the form that Transport takes
    std::chrono::seconds command_limit{120};
    Leftovers leftovers = Leftovers::kFlush;
    IfHung if_hung = IfHung::kRefuse;
    std::shared_ptr<Budget> budget;  // what this connection spends from; null for no limit
  };
  // Throws Error(kNoTpm) or Error(kBusy) if the TPM cannot be reached. Sends nothing to the TPM.
  explicit Context(const Options &options);
  Context(const Context &) = delete;
  Context &operator=(const Context &) = delete;
  ~Context();

  ESYS_CONTEXT *esys() const noexcept { return esys_.get(); }

  // Calls `command` again while the TPM is busy (RETRY, YIELDED, TESTING, NV_RATE), for as long as
  // `patience` allows, and for about a second while the TPM has no free slot, since other programs
  // may free one on a raw TPM. The pauses grow. tests/integration/latch-odd.test shows this.
  template <typename Command>
  TssCode Retry(Command &&command, Patience patience = Patience::kMoment) const {
    Pauses pauses(patience == Patience::kMoment ? kMoment : limit());
    TssCode code = command();
    while (WaitIfPassing(code, pauses)) code = command();
    return code;
  }

  // Does the same as rc::Check, but reports a time-out as one.
  void Check(const char *command, TssCode code) const;

  // Returns true after an answer did not come in time.
  bool timed_out() const noexcept;

  // Returns whether ESYS refuses every later call, since an answer was damaged or did not come.
  bool is_spent() const noexcept { return is_spent_; }
  // Call this with the code of every command that does not go through Check().
  void NoteCode(TssCode code) const noexcept;

  // Returns false only for kToResourceManager behind a resource manager (the kernel's or
  // tpm2-abrmd). On a raw TPM every handle has to be flushed, or the next user finds no free slot.
  bool must_flush() const noexcept { return must_flush_; }

  // Returns the handle in the last answer, as the TPM sent it; 0 if there was none.
  std::uint32_t answered_handle() const noexcept;

  // Throws Error with Concern::kWalk if the budget allows no further primary key.
  void SpendPrimary() const {
    if (budget_) budget_->SpendPrimary();
  }

  // Wipes the last command and its answer, which libtss2-sys frees without wiping them, and what
  // the TSS and its ciphers left on the stack.
  void WipeLastExchange() const noexcept;

  // For Transport::Silence.
  const Transport &transport() const noexcept { return *transport_; }

 private:
  static constexpr std::chrono::seconds kMoment{1};

  // The growing pauses between the repetitions of one command, up to a total time.
  class Pauses {
   public:
    explicit Pauses(std::chrono::seconds time) noexcept;
    // Makes the next pause, but not beyond the total time, nor beyond `limit` after the first
    // command. Returns false without a pause if that time is over.
    bool Wait(std::chrono::nanoseconds limit) noexcept;

   private:
    std::chrono::steady_clock::time_point begin_;
    std::chrono::nanoseconds time_;
    std::chrono::nanoseconds next_;
  };

  // Pauses if the command may succeed later and there is time left. Returns false otherwise.
  bool WaitIfPassing(TssCode code, Pauses &pauses) const;
  std::chrono::seconds limit() const noexcept;

  struct Finalize {
    void operator()(ESYS_CONTEXT *esys) const noexcept;
  };

  // The order matters: ESYS does not own the TCTI and has to be destroyed before it.
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<ESYS_CONTEXT, Finalize> esys_;
  bool must_flush_;
  mutable bool is_spent_ = false;
  std::shared_ptr<Budget> budget_;
};

}  // namespace tpm2_sealed
