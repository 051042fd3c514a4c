// SPDX-License-Identifier: LGPL-2.1-or-later
// EkCertificate: whether the TPM's vendor vouches for the salt key, so that an interposer's own key
// is not taken for the TPM's when a token is made (--ek-ca).
#pragma once

#include "lib/tpm/key/provision.h"
#include "lib/tpm/link/context.h"

namespace tpm2_sealed {

// Chooses keys as ChooseKeys does, with a salt key that a CA of `request.ek_ca` vouches for through
// the certificate in the TPM's NV memory. `auto` means the first EK that has a certificate:
// ecc-p256, rsa-2048, then the high range. Fills in ek_certificate and warnings. Throws
// Error(kNotSupported) if no certificate can be read, Error(kWrongTpm) if it is not good for this
// key.
//
// This shows that the key is an EK of *some* TPM of that vendor. It does not detect an attacker who
// relays to another genuine TPM of his own: SECURITY.md, "Trust on first use".
ChosenKeys ChooseCertifiedKeys(const Context &context, const KeyRequest &request);

}  // namespace tpm2_sealed
