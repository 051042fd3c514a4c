// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/session.h"

#include <string>

#include "lib/base/error.h"
#include "lib/tpm/rc.h"

namespace tpm2_sealed {
namespace {

TPMT_SYM_DEF ToTpm(ParameterEncryption encryption) {
  TPMT_SYM_DEF symmetric{};
  switch (encryption) {
    case ParameterEncryption::kAes128Cfb:
      symmetric.algorithm = TPM2_ALG_AES;
      symmetric.keyBits.aes = 128;
      symmetric.mode.aes = TPM2_ALG_CFB;
      break;
    case ParameterEncryption::kXorSha256:
      symmetric.algorithm = TPM2_ALG_XOR;
      symmetric.keyBits.exclusiveOr = TPM2_ALG_SHA256;
      break;
  }
  return symmetric;
}

}  // namespace

std::string_view EncryptionName(ParameterEncryption encryption) {
  switch (encryption) {
    case ParameterEncryption::kAes128Cfb:
      return "aes-128-cfb";
    case ParameterEncryption::kXorSha256:
      return "xor-sha256";
  }
  return "none";
}

SaltedSession::SaltedSession(const Context &context, const SaltKey &salt_key,
                             ParameterEncryption encryption, TPM2_SE type)
    : context_(context), object_(context) {
  const TPMT_SYM_DEF symmetric = ToTpm(encryption);
  const TSS2_RC code = Esys_StartAuthSession(context.esys(), salt_key.tr(), ESYS_TR_NONE,
                                             ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, nullptr,
                                             type, &symmetric, TPM2_ALG_SHA256, object_.out());
  // Parameters: nonceCaller, encryptedSalt, sessionType, symmetric, authHash (Part 3,
  // section 11.1).
  if (rc::IsSymmetricRefused(code, 4)) {
    throw Error(Reason::kDowngrade,
                "this TPM refuses to encrypt with " + std::string(EncryptionName(encryption)) +
                    " (" + rc::Format(code) +
                    "), without which the secret would cross the bus in "
                    "the clear",
                "use another passphrase; if this TPM encrypted before, somebody may be between CPU "
                "and TPM");
  }
  context.Check("TPM2_StartAuthSession", code);
}

ESYS_TR SaltedSession::With(TPMA_SESSION attributes) const {
  context_.Check("session attributes",
                 Esys_TRSess_SetAttributes(context_.esys(), object_.tr(), attributes, 0xff));
  return object_.tr();
}

}  // namespace tpm2_sealed
