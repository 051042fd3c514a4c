// SPDX-License-Identifier: LGPL-2.1-or-later
// Strays: objects and sessions that stay in a TPM after a damaged answer. The TPM has made them,
// but ESYS has refused the answer and does not know the handle. A resource manager flushes them at
// the end of the connection; a raw TPM would keep them until it is restarted.
// tests/integration/faults.test shows this.
#pragma once

#include <functional>

#include "lib/tpm/link/context.h"
#include "lib/tpm/link/public_area.h"
#include "lib/tpm/link/tss.h"

namespace tpm2_sealed {

// Call this after a command that makes an object failed with `code`. Flushes the transient objects
// for which `is_ours` returns true. Does nothing behind a resource manager, or if the code is the
// TPM's own, since the TPM has made nothing then. Also flushes such an object of another program.
void FlushStrayObjects(const Context &context, TssCode code,
                       const std::function<bool(const PublicArea &)> &is_ours) noexcept;

// Does the same after TPM2_StartAuthSession. A session has no Name, so it flushes the one whose
// handle was in the damaged answer, or else the only one that the TPM has.
void FlushStraySession(const Context &context, TssCode code) noexcept;

// TPM2_FlushContext. If ESYS refuses the call after a damaged answer, the System API below it sends
// the command. If the TPM does not know the handle, that was damaged when `tr` was made, and the
// object or session is found as above.
void FlushHandle(const Context &context, EsysTr tr) noexcept;

}  // namespace tpm2_sealed
