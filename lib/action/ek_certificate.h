// SPDX-License-Identifier: LGPL-2.1-or-later
// EkCertificate: whether the TPM's vendor vouches for the salt key, so that an interposer's own key
// is not taken for the TPM's when a token is made (--ek-ca).
#pragma once

#include "lib/tpm/key/provision.h"
#include "lib/tpm/link/context.h"

namespace tpm2_sealed {

// As ChooseKeys, with a salt key that `request.ek_ca` vouch for, through the certificate in the
// TPM's NV memory. `auto` means the first EK that has a certificate: ecc-p256, rsa-2048, then the
// high range. Says in ek_certificate and warnings what was found. Throws Error(kNotSupported) if
// there is no certificate to be read, Error(kWrongTpm) if it is not good for this key.
//
// What it shows is that the key is an EK of *some* TPM of that vendor: whoever relays to another
// genuine TPM that he owns passes. SECURITY.md, "Trust on first use".
ChosenKeys ChooseCertifiedKeys(const Context &context, const KeyRequest &request);

}  // namespace tpm2_sealed
