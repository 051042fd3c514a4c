// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/link/context.h"

#include <time.h>
#include <algorithm>

#include "lib/base/error.h"
#include "lib/base/secret.h"
#include "lib/tpm/link/esys.h"
#include "lib/tpm/link/rc.h"
#include "lib/tpm/link/transport.h"

namespace tpm2_sealed {

namespace {

bool HasResourceManager(const std::string &tcti) {
  return tcti.find("/dev/tpmrm") != std::string::npos || tcti.find("tabrmd") != std::string::npos;
}

}  // namespace

Context::Context(const Options &options)
    : transport_(std::make_unique<Transport>(options.tcti, options.command_limit, options.if_hung)),
      must_flush_(options.leftovers == Leftovers::kFlush || !HasResourceManager(options.tcti)),
      budget_(options.budget) {
  Check("Esys_Initialize", Esys_Initialize(OutPtr(esys_), transport_->tcti(), nullptr));
}

Context::~Context() = default;

void Context::Finalize::operator()(ESYS_CONTEXT *esys) const noexcept { Esys_Finalize(&esys); }

bool Context::timed_out() const noexcept { return transport_->timed_out(); }

std::uint32_t Context::answered_handle() const noexcept { return transport_->answered_handle(); }

std::chrono::seconds Context::limit() const noexcept { return transport_->limit(); }

void Context::WipeLastExchange() const noexcept {
  transport_->WipeLastExchange();
  WipeStackBelow();
}

Context::Pauses::Pauses(std::chrono::seconds time) noexcept
    : begin_(std::chrono::steady_clock::now()), time_(time), next_(std::chrono::milliseconds(50)) {}

bool Context::Pauses::Wait(std::chrono::nanoseconds limit) noexcept {
  constexpr std::chrono::nanoseconds kLongest = std::chrono::seconds(1);
  const auto left = std::min(limit, time_) - (std::chrono::steady_clock::now() - begin_);
  if (left <= std::chrono::nanoseconds::zero()) return false;
  const auto pause = std::min<std::chrono::nanoseconds>(next_, left);
  next_ = std::min(next_ * 2, kLongest);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(pause);
  const timespec wait = {.tv_sec = seconds.count(), .tv_nsec = (pause - seconds).count()};
  (void)::nanosleep(&wait, nullptr);
  return true;
}

bool Context::WaitIfPassing(TssCode code, Pauses &pauses) const {
  if (transport_->timed_out()) return false;
  if (rc::IsBusy(code)) return pauses.Wait(std::chrono::nanoseconds::max());
  return rc::IsFull(code) && pauses.Wait(kMoment);
}

void Context::NoteCode(TssCode code) const noexcept {
  is_spent_ |= code != TSS2_RC_SUCCESS && !rc::IsFromTpm(code);
}

void Context::Check(const char *command, TssCode code) const {
  if (code == TSS2_RC_SUCCESS) return;
  NoteCode(code);
  if (transport_->timed_out()) {
    throw Error(Reason::kNoTpm,
                std::string("the TPM did not answer ") + command + " within " +
                    std::to_string(transport_->limit().count()) + " seconds",
                "restart the machine; a slow TPM needs a larger tpm-timeout in the configuration");
  }
  if (transport_->is_tpm12()) code = rc::kTpm12;
  rc::Throw(command, code);
}

}  // namespace tpm2_sealed
