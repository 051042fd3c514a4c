// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/session/test_parms.h"

#include "lib/tpm/link/esys.h"
#include "lib/tpm/link/rc.h"

namespace tpm2_sealed {

namespace {

TSS2_RC TestParms(const Context &context, const TPMT_PUBLIC_PARMS &parms) {
  return Esys_TestParms(context.esys(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &parms);
}

}  // namespace

bool SaysAes128Cfb(const Context &context) {
  TPMT_PUBLIC_PARMS parms{};
  parms.type = TPM2_ALG_SYMCIPHER;
  parms.parameters.symDetail.sym.algorithm = TPM2_ALG_AES;
  parms.parameters.symDetail.sym.keyBits.aes = 128;
  parms.parameters.symDetail.sym.mode.aes = TPM2_ALG_CFB;
  const TSS2_RC code = TestParms(context, parms);
  if (rc::IsSymmetricRefused(code, 1)) return false;
  context.Check("TPM2_TestParms", code);
  return true;
}

bool SaysXorSha256(const Context &context) {
  // For objects, XOR is not a symmetric cipher but a keyed hash scheme. Sessions use this KDF.
  TPMT_PUBLIC_PARMS parms{};
  parms.type = TPM2_ALG_KEYEDHASH;
  parms.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_XOR;
  parms.parameters.keyedHashDetail.scheme.details.exclusiveOr.hashAlg = TPM2_ALG_SHA256;
  parms.parameters.keyedHashDetail.scheme.details.exclusiveOr.kdf = TPM2_ALG_KDF1_SP800_108;
  const TSS2_RC code = TestParms(context, parms);
  if (rc::IsSchemeRefused(code)) return false;
  context.Check("TPM2_TestParms", code);
  return true;
}

}  // namespace tpm2_sealed
