// SPDX-License-Identifier: LGPL-2.1-or-later
// Response codes: the only file that knows their values, and the table from code to Error.
// Values: TPM 2.0 Part 2, section 6.6 (TPM_RC); layers: TCG TSS 2.0 Overview, section 4.
#pragma once

#include <string>

#include "lib/tpm/link/tss.h"

namespace tpm2_sealed::rc {

// Throws the Error for `rc` if it is not success. The message contains the code and `command`, the
// name of the TPM command ("TPM2_Load").
void Check(const char *command, TssCode rc);
[[noreturn]] void Throw(const char *command, TssCode rc);

// The answer of a TPM 1.2 to every command of TPM 2.0 (TPM_RC_BAD_TAG).
inline constexpr TssCode kTpm12 = 0x1e;

// Returns "0x000001c4", the form for messages.
std::string Format(TssCode rc);

// Returns whether the code comes from the TPM or a resource manager, and not from a layer above
// them that did not understand the answer.
bool IsFromTpm(TssCode rc);

// These are for callers that expect a refusal. They ignore the number of the handle, parameter or
// session unless their comment names one.
bool IsHandleEmpty(TssCode rc);        // there is nothing at that handle
bool IsPolicyPcrMismatch(TssCode rc);  // TPM2_PolicyPCR: the PCRs are not at the expected digest
bool IsPcrChanged(TssCode rc);         // some PCR was extended between TPM2_PolicyPCR and use
bool IsAuthRefused(TssCode rc);        // the given authValue is wrong
bool IsNotUnderParent(TssCode rc);     // TPM2_Load: the key is not the parent of this object
bool IsLockout(TssCode rc);            // dictionary-attack lockout
bool IsBusy(TssCode rc);               // the TPM is at work on something else: try again
bool IsFull(TssCode rc);               // no slot is free now: try again, if other programs end
// Returns the meaning of the code in a few words and its number, as a part of a message.
std::string Explain(TssCode rc);
bool IsHierarchyDisabled(TssCode rc);
// TPM2_NV_Read: this authorization does not allow it, or the index cannot be read at all.
bool IsNvRefused(TssCode rc);
bool IsUnknownHash(TssCode rc);         // TPM2_PCR_Read: the TPM has no such bank
bool IsUnsupportedKeyType(TssCode rc);  // TPM2_CreatePrimary: the TPM has no such keys
bool IsSchemeRefused(TssCode rc);       // TPM2_TestParms: the TPM has no such keyed hash scheme
// The TPM does not have the cipher, mode or key size in that parameter (1 is the first). The same
// codes for another parameter mean something else, and must not be taken for "cannot encrypt".
bool IsSymmetricRefused(TssCode rc, unsigned parameter);

}  // namespace tpm2_sealed::rc
