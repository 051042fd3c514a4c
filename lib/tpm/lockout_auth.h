// SPDX-License-Identifier: LGPL-2.1-or-later
// lockoutAuth: the authorization that resets a dictionary-attack lockout.
#pragma once

#include "lib/base/bytes.h"
#include "lib/tpm/context.h"
#include "lib/tpm/session.h"

namespace tpm2_sealed {

// TPM2_HierarchyChangeAuth of the lockout hierarchy (Part 3, section 24.8), whose value must be
// empty until now; newAuth is encrypted by the session. `auth` has 1 to 32 bytes and does not end
// in a zero byte. Throws Error(kNotSupported) if a value is set already.
void SetLockoutAuth(const Context &context, const HmacSession &session, ByteView auth);

}  // namespace tpm2_sealed
