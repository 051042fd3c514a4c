// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/capability.h"

#include "lib/tpm/rc.h"

namespace tpm2_sealed {

bool SaysAes128Cfb(const Context &context) {
  TPMT_PUBLIC_PARMS parms{};
  parms.type = TPM2_ALG_SYMCIPHER;
  parms.parameters.symDetail.sym.algorithm = TPM2_ALG_AES;
  parms.parameters.symDetail.sym.keyBits.aes = 128;
  parms.parameters.symDetail.sym.mode.aes = TPM2_ALG_CFB;
  const TSS2_RC code =
      Esys_TestParms(context.esys(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &parms);
  if (rc::IsSymmetricRefused(code, 1)) return false;
  context.Check("TPM2_TestParms", code);
  return true;
}

}  // namespace tpm2_sealed
