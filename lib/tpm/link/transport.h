// SPDX-License-Identifier: LGPL-2.1-or-later
// Transport: the TCTI that ESYS uses, with a time limit for every answer.
#pragma once

#include <tss2/tss2_tcti.h>
#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "lib/tpm/link/hung_tpms.h"
#include "lib/tpm/link/software_tpm.h"

namespace tpm2_sealed {

// Wraps the TCTI that the loader makes from a configuration string. libtss2 itself waits without
// end; this class polls the connection's descriptor first and gives up at the limit. For a TCTI
// that does not tell its descriptor, such as swtpm's, it polls the sockets that the TCTI has
// opened, and it asks a software TPM for a sign of life before the TCTI connects.
// tests/integration/hung.test shows this.
class Transport {
 public:
  // `tcti` is a string for Tss2_TctiLdr_Initialize ("device:/dev/tpmrm0", "swtpm:path=SOCK").
  // Throws Error(kNoTpm) or Error(kBusy) that tells which of the usual causes it is.
  Transport(const std::string &tcti, std::chrono::seconds limit, IfHung if_hung);
  Transport(const Transport &) = delete;
  Transport &operator=(const Transport &) = delete;
  ~Transport();

  TSS2_TCTI_CONTEXT *tcti() noexcept { return reinterpret_cast<TSS2_TCTI_CONTEXT *>(&wrapper_); }
  // While one of these lives, nothing reaches the TPM: for calls of ESYS that only overwrite its
  // memory. Transport itself answers a command with a refusal, after which ESYS stays usable.
  class Silence {
   public:
    explicit Silence(const Transport &transport) noexcept : transport_(transport) {
      transport_.silent_ = true;
    }
    Silence(const Silence &) = delete;
    Silence &operator=(const Silence &) = delete;
    ~Silence() { transport_.silent_ = false; }

   private:
    const Transport &transport_;
  };

  // Returns true after an answer did not come in time. Nothing can be sent after that.
  bool timed_out() const noexcept { return timed_out_; }
  // Returns true after an answer had the tag of TPM 1.2.
  bool is_tpm12() const noexcept { return is_tpm12_; }
  // Returns the four bytes after the header of the last successful answer, where the handle is if
  // the command makes one; 0 if there are none.
  std::uint32_t answered_handle() const noexcept { return answered_handle_; }
  std::chrono::seconds limit() const noexcept { return limit_; }
  // Overwrites the last command and its answer in libtss2's own memory, which must still exist, and
  // forgets where that is. The sizes are those that were sent and received, not what an answer
  // claims (tests/integration/faults.test).
  void WipeLastExchange() const noexcept;

 private:
  // What ESYS sees: the common part of the TSS 2.0 TCTI specification, and a pointer to this
  // object.
  struct Wrapper {
    TSS2_TCTI_CONTEXT_COMMON_V2 common;
    Transport *self;
  };
  static Transport *Self(TSS2_TCTI_CONTEXT *tcti) noexcept;
  static TSS2_RC Transmit(TSS2_TCTI_CONTEXT *tcti, std::size_t size, const std::uint8_t *command);
  static TSS2_RC Receive(TSS2_TCTI_CONTEXT *tcti, std::size_t *size, std::uint8_t *response,
                         std::int32_t timeout);
  static TSS2_RC GetPollHandles(TSS2_TCTI_CONTEXT *tcti, TSS2_TCTI_POLL_HANDLE *handles,
                                std::size_t *count);
  std::vector<TSS2_TCTI_POLL_HANDLE> HandlesToPoll();
  TSS2_RC WaitForAnswer();
  TSS2_RC Refuse(std::size_t *size, std::uint8_t *response) noexcept;
  void DropUnread() noexcept;
  void LookAt(std::span<const std::uint8_t> answer) noexcept;

  const std::string name_;
  const SocketWatch sockets_;  // declared first, to remember the sockets from before the TCTI
  TSS2_TCTI_CONTEXT *inner_ = nullptr;
  Wrapper wrapper_{};
  std::chrono::seconds limit_;
  mutable bool silent_ = false;
  bool refusal_is_due_ = false;  // a command was sent during Silence and has no answer yet
  bool timed_out_ = false;
  bool answer_is_here_ = false;  // as a whole, so that reading does not wait
  bool is_tpm12_ = false;
  std::size_t unread_ = 0;  // bytes of an answer whose size was told and that nobody has read
  std::uint32_t answered_handle_ = 0;
  mutable std::span<std::uint8_t> last_command_, last_answer_;
};

}  // namespace tpm2_sealed
