// SPDX-License-Identifier: LGPL-2.1-or-later
// Transport: the TCTI that ESYS talks through, with a time limit for every answer.
#pragma once

#include <tss2/tss2_tcti.h>
#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "lib/tpm/link/hung_tpms.h"
#include "lib/tpm/link/software_tpm.h"

namespace tpm2_sealed {

// Wraps the TCTI that the loader makes of a configuration string. libtss2 itself waits for ever;
// this one polls the connection's descriptor first and gives up at the limit. A TCTI that has no
// descriptor to show, as swtpm's, is found out by the sockets that it opens, and a software TPM is
// asked for a sign of life before its TCTI connects. Shown by tests/integration/hung.test.
class Transport {
 public:
  // `tcti` as Tss2_TctiLdr_Initialize takes it ("device:/dev/tpmrm0", "swtpm:path=SOCK").
  // Throws Error(kNoTpm) that says which of the usual causes it is.
  Transport(const std::string &tcti, std::chrono::seconds limit, IfHung if_hung);
  Transport(const Transport &) = delete;
  Transport &operator=(const Transport &) = delete;
  ~Transport();

  TSS2_TCTI_CONTEXT *tcti() noexcept { return reinterpret_cast<TSS2_TCTI_CONTEXT *>(&wrapper_); }
  // ESYS is called for what it does by itself: nothing reaches the TPM as long as one of these
  // lives. What ESYS sends is answered here, by a refusal, after which it can go on.
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

  // True once an answer did not come in time. Nothing can be sent after that.
  bool timed_out() const noexcept { return timed_out_; }
  // True once an answer had the tag of TPM 1.2.
  bool is_tpm12() const noexcept { return is_tpm12_; }
  // The handle at the head of the last answer that made something; 0 if there was none.
  std::uint32_t answered_handle() const noexcept { return answered_handle_; }
  std::chrono::seconds limit() const noexcept { return limit_; }
  // Overwrites the last command and its answer where they were sent from and received: in libtss2's
  // own memory, which has to be there still; then forgets where that is. By what was sent and came,
  // not by what an answer says of its size (tests/integration/faults.test).
  void WipeLastExchange() const noexcept;

 private:
  // What ESYS sees: the common part that TSS 2.0 TCTI prescribes, and the way back to us.
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
  const SocketWatch sockets_;  // first: those from before the TCTI has any
  TSS2_TCTI_CONTEXT *inner_ = nullptr;
  Wrapper wrapper_{};
  std::chrono::seconds limit_;
  mutable bool silent_ = false;
  bool refusal_is_due_ = false;  // the answer to what was sent in silence
  bool timed_out_ = false;
  bool answer_is_here_ = false;  // all of it, so that nothing has to be waited for
  bool is_tpm12_ = false;
  std::size_t unread_ = 0;  // of an answer whose size was told and that nobody took
  std::uint32_t answered_handle_ = 0;
  mutable std::span<std::uint8_t> last_command_, last_answer_;
};

}  // namespace tpm2_sealed
