// SPDX-License-Identifier: LGPL-2.1-or-later
// TestParms: which parameter encryption the TPM says it can do.
#pragma once

#include "lib/tpm/link/context.h"

namespace tpm2_sealed {

// Whether TPM2_TestParms accepts AES-128-CFB (Part 3, section 30.3). A TPM's own word, which a
// forged answer can turn either way: good for choosing at enrolment and for explaining a failure,
// never for lowering the protection of an existing token.
bool SaysAes128Cfb(const Context &context);
// The same for XOR obfuscation with SHA-256.
bool SaysXorSha256(const Context &context);

}  // namespace tpm2_sealed
