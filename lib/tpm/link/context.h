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
  kFlush,              // nothing: every object and session is flushed
  kToResourceManager,  // behind one, what closing flushes anyway: commands saved where time counts
};

// How long a command is sent again while the TPM is busy.
enum class Patience {
  kMoment,  // about a second
  kLimit,   // as long as one answer may take: tpm-timeout. For what must be done if it can be
};

class Context {
 public:
  struct Options {
    std::string tcti;  // as Transport takes it
    std::chrono::seconds command_limit{120};
    Leftovers leftovers = Leftovers::kFlush;
    IfHung if_hung = IfHung::kRefuse;
    std::shared_ptr<Budget> budget;  // of what is done here; null: no limit
  };
  // Throws Error(kNoTpm) or Error(kBusy) if there is no connection. Sends nothing to the TPM.
  explicit Context(const Options &options);
  Context(const Context &) = delete;
  Context &operator=(const Context &) = delete;
  ~Context();

  ESYS_CONTEXT *esys() const noexcept { return esys_.get(); }

  // Calls `command` again while the TPM is busy (RETRY, YIELDED, TESTING, NV_RATE) for as long as
  // `patience` says, and for about a second while it has no slot free: on a raw TPM other programs
  // come and go. The pauses grow. Shown by tests/integration/latch-odd.test.
  template <typename Command>
  TssCode Retry(Command &&command, Patience patience = Patience::kMoment) const {
    Pauses pauses(patience == Patience::kMoment ? kMoment : limit());
    TssCode code = command();
    while (WaitIfPassing(code, pauses)) code = command();
    return code;
  }

  // As rc::Check; a time-out is said as such.
  void Check(const char *command, TssCode code) const;

  // True once an answer did not come in time.
  bool timed_out() const noexcept;

  // Whether an answer that was damaged or did not come has made ESYS refuse every later call.
  bool is_spent() const noexcept { return is_spent_; }
  // To be called with every code of a command that nothing checks.
  void NoteCode(TssCode code) const noexcept;

  // False only for kToResourceManager where there is one (the kernel's or tpm2-abrmd). On a raw
  // TPM every handle has to be flushed, or the next user finds no slot.
  bool must_flush() const noexcept { return must_flush_; }

  // The handle in the last answer, as the TPM gave it; 0 if there was none.
  std::uint32_t answered_handle() const noexcept;

  // Throws Error, of Concern::kWalk, if no more of them may be made.
  void SpendPrimary() const {
    if (budget_) budget_->SpendPrimary();
  }

  // What libtss2-sys keeps of the last command and its answer, and frees as it is; and what the TSS
  // and its ciphers left on the stack.
  void WipeLastExchange() const noexcept;

  // For a Transport::Silence.
  const Transport &transport() const noexcept { return *transport_; }

 private:
  static constexpr std::chrono::seconds kMoment{1};

  // The growing pauses of one command, which end together with its time.
  class Pauses {
   public:
    explicit Pauses(std::chrono::seconds time) noexcept;
    // Waits for the next one, but at most until `limit` after the beginning or the own end. False,
    // and no wait, if that is over.
    bool Wait(std::chrono::nanoseconds limit) noexcept;

   private:
    std::chrono::steady_clock::time_point begin_;
    std::chrono::nanoseconds time_;
    std::chrono::nanoseconds next_;
  };

  // Waits if `code` may be another one then, and there is time left.
  bool WaitIfPassing(TssCode code, Pauses &pauses) const;
  std::chrono::seconds limit() const noexcept;

  struct Finalize {
    void operator()(ESYS_CONTEXT *esys) const noexcept;
  };

  // In this order: ESYS does not own the TCTI it was given, and dies before it.
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<ESYS_CONTEXT, Finalize> esys_;
  bool must_flush_;
  mutable bool is_spent_ = false;
  std::shared_ptr<Budget> budget_;
};

}  // namespace tpm2_sealed
