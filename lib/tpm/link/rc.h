// SPDX-License-Identifier: LGPL-2.1-or-later
// Response codes: the one place that knows their values, and the table from code to Error.
// Values: TPM 2.0 Part 2, section 6.6 (TPM_RC); layers: TCG TSS 2.0 Overview, section 4.
#pragma once

#include <string>

#include "lib/tpm/link/tss.h"

namespace tpm2_sealed::rc {

// Throws the Error for `rc` if it is not success. `command` is the TPM command's name
// ("TPM2_Load"); it and the code stand in the message.
void Check(const char *command, TssCode rc);
[[noreturn]] void Throw(const char *command, TssCode rc);

// What a TPM 1.2 answers to every command of TPM 2.0 (TPM_RC_BAD_TAG).
inline constexpr TssCode kTpm12 = 0x1e;

// "0x000001c4", as it stands in messages.
std::string Format(TssCode rc);

// Whether the TPM, or a resource manager in its place, said so, and not a layer above it that did
// not understand the answer.
bool IsFromTpm(TssCode rc);

// What callers handle themselves. Handle, parameter and session numbers do not matter unless said.
bool IsHandleEmpty(TssCode rc);        // nothing at that handle
bool IsPolicyPcrMismatch(TssCode rc);  // TPM2_PolicyPCR: the PCRs are not at the expected digest
bool IsPcrChanged(TssCode rc);         // some PCR was extended between TPM2_PolicyPCR and use
bool IsAuthRefused(TssCode rc);        // an authValue is set, and it is not the one given
bool IsNotUnderParent(TssCode rc);     // TPM2_Load: not this parent's child, or no parent at all
bool IsLockout(TssCode rc);            // dictionary-attack lockout
bool IsBusy(TssCode rc);               // at work on something else, which ends: worth another try
bool IsFull(TssCode rc);  // no slot free just now: worth another try, if other programs go
// What it means in a few words and its number, for a message of somebody else's.
std::string Explain(TssCode rc);
bool IsHierarchyDisabled(TssCode rc);
// TPM2_NV_Read: not with this authorization, or nothing can be read there at all.
bool IsNvRefused(TssCode rc);
bool IsUnknownHash(TssCode rc);         // TPM2_PCR_Read: the TPM has no such bank
bool IsUnsupportedKeyType(TssCode rc);  // TPM2_CreatePrimary: the TPM has no such keys
bool IsSchemeRefused(TssCode rc);       // TPM2_TestParms: no such scheme of keyed hashes
// No such cipher, mode or key size, said of exactly that parameter (1 is the first): the same codes
// for another parameter are about something else, and must not pass for "cannot encrypt".
bool IsSymmetricRefused(TssCode rc, unsigned parameter);

}  // namespace tpm2_sealed::rc
