// SPDX-License-Identifier: LGPL-2.1-or-later
// Context: one connection to one TPM.
#pragma once

#include <tss2/tss2_esys.h>
#include <chrono>
#include <memory>
#include <string>

#include "lib/tpm/transport.h"

namespace tpm2_sealed {

struct EsysFree {
  void operator()(void *memory) const noexcept { Esys_Free(memory); }
};
// What ESYS allocates for its out-parameters; OutPtr (c_handle.h) lends it to them.
template <typename T>
using EsysPtr = std::unique_ptr<T, EsysFree>;

// What a connection leaves in the TPM when it ends.
enum class Leftovers {
  kFlush,              // nothing: every object and session is flushed
  kToResourceManager,  // behind one, what closing flushes anyway: commands saved where time counts
};

class Context {
 public:
  struct Options {
    std::string tcti;  // as Transport takes it
    std::chrono::seconds command_limit{120};
    Leftovers leftovers = Leftovers::kFlush;
  };
  // Throws Error(kNoTpm) or Error(kBusy) if there is no connection. Sends nothing to the TPM.
  explicit Context(const Options &options);
  Context(const Context &) = delete;
  Context &operator=(const Context &) = delete;

  ESYS_CONTEXT *esys() const noexcept { return esys_.get(); }

  // Calls `command` again, at most for about a second, while the TPM has no slot free or is busy:
  // on a raw TPM other programs come and go.
  template <typename Command>
  TSS2_RC Retry(Command &&command) const {
    TSS2_RC code = command();
    for (int left = kRetries; left > 0 && WaitIfPassing(code); --left) code = command();
    return code;
  }

  // As rc::Check; a time-out is said as such.
  void Check(const char *command, TSS2_RC rc) const;

  // False only for kToResourceManager where there is one (the kernel's or tpm2-abrmd). On a raw
  // TPM every handle has to be flushed, or the next user finds no slot.
  bool must_flush() const noexcept { return must_flush_; }

  // The handle in the last answer, as the TPM gave it; 0 if there was none.
  TPM2_HANDLE answered_handle() const noexcept { return transport_.answered_handle(); }

  // TPM2_FlushContext, also where ESYS itself can no longer do it.
  void Flush(ESYS_TR tr) const noexcept;

  // What libtss2-sys keeps of the last command and its answer, and frees as it is.
  void WipeLastExchange() const noexcept { transport_.WipeLastExchange(); }

  // Nothing is sent as long as it lives.
  Transport::Silence Silence() const noexcept { return Transport::Silence(transport_); }

 private:
  static constexpr int kRetries = 5;
  // Waits a moment if `code` may be another one then.
  bool WaitIfPassing(TSS2_RC code) const;

  struct Finalize {
    void operator()(ESYS_CONTEXT *esys) const noexcept { Esys_Finalize(&esys); }
  };

  // In this order: ESYS does not own the TCTI it was given, and dies before it.
  Transport transport_;
  std::unique_ptr<ESYS_CONTEXT, Finalize> esys_;
  bool must_flush_;
};

}  // namespace tpm2_sealed
