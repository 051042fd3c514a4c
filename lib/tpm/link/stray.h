// SPDX-License-Identifier: LGPL-2.1-or-later
// Strays: what an answer that was damaged on its way leaves in a TPM. The TPM has made the object
// or the session, ESYS has refused the answer and never learns the handle. Behind a resource
// manager the end of the connection flushes it; a raw TPM would keep it until it is restarted.
// Shown by tests/integration/faults.test.
#pragma once

#include <functional>

#include "lib/tpm/link/context.h"
#include "lib/tpm/link/public_area.h"
#include "lib/tpm/link/tss.h"

namespace tpm2_sealed {

// After the failure `code` of a command that makes an object: flushes the transient objects of that
// description. Looks only if the code is not the TPM's own, so that it may have made one, and only
// on a raw TPM. An object of the same Name that another program left there goes with it.
void FlushStrayObjects(const Context &context, TssCode code,
                       const std::function<bool(const PublicArea &)> &is_ours) noexcept;

// The same for TPM2_StartAuthSession. A session has no Name: it is the one whose handle stood in
// the damaged answer, or else the only one that the TPM has.
void FlushStraySession(const Context &context, TssCode code) noexcept;

// TPM2_FlushContext, also where ESYS can no longer do it: then through a layer that does not care
// what ESYS thinks of the last answer. If the TPM does not know the handle either, it was damaged
// when `tr` came to be: then what is flushed is found as above.
void FlushHandle(const Context &context, EsysTr tr) noexcept;

}  // namespace tpm2_sealed
