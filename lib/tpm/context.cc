// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/context.h"

#include <time.h>

#include "lib/base/c_handle.h"
#include "lib/base/error.h"
#include "lib/tpm/rc.h"
#include "lib/tpm/stray.h"

namespace tpm2_sealed {

namespace {

bool HasResourceManager(const std::string &tcti) {
  return tcti.find("/dev/tpmrm") != std::string::npos || tcti.find("tabrmd") != std::string::npos;
}

}  // namespace

Context::Context(const Options &options)
    : transport_(options.tcti, options.command_limit),
      must_flush_(options.leftovers == Leftovers::kFlush || !HasResourceManager(options.tcti)) {
  Check("Esys_Initialize", Esys_Initialize(OutPtr(esys_), transport_.tcti(), nullptr));
}

bool Context::WaitIfPassing(TSS2_RC code) const {
  if (!rc::IsPassing(code) || transport_.timed_out()) return false;
  constexpr timespec kMoment = {.tv_sec = 0, .tv_nsec = 200'000'000};
  (void)::nanosleep(&kMoment, nullptr);
  return true;
}

void Context::Check(const char *command, TSS2_RC rc) const {
  if (rc == TSS2_RC_SUCCESS) return;
  if (transport_.timed_out()) {
    throw Error(Reason::kNoTpm,
                std::string("the TPM did not answer ") + command + " within " +
                    std::to_string(transport_.limit().count()) + " seconds",
                "restart the machine; a slow TPM needs a larger tpm-timeout in the configuration");
  }
  if (transport_.is_tpm12()) rc = rc::kTpm12;
  rc::Throw(command, rc);
}

void Context::Flush(ESYS_TR tr) const noexcept {
  TPM2_HANDLE handle = 0;
  const bool known = Esys_TR_GetTpmHandle(esys_.get(), tr, &handle) == TSS2_RC_SUCCESS;
  if (Esys_FlushContext(esys_.get(), tr) == TSS2_RC_SUCCESS || !known) return;
  // After an answer that was damaged, ESYS refuses every later call. A raw TPM must not keep the
  // object.
  FlushBelowEsys(*this, handle, tr);
}

}  // namespace tpm2_sealed
