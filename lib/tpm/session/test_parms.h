// SPDX-License-Identifier: LGPL-2.1-or-later
// TestParms: which parameter encryption the TPM claims to support.
#pragma once

#include "lib/tpm/link/context.h"

namespace tpm2_sealed {

// Returns whether TPM2_TestParms accepts AES-128-CFB (Part 3, section 30.3). The answer may be
// forged either way, so it may explain a failure, and contradict a refusal, but never lower the
// protection of an existing token.
bool SaysAes128Cfb(const Context &context);
// Does the same for XOR obfuscation with SHA-256.
bool SaysXorSha256(const Context &context);

}  // namespace tpm2_sealed
