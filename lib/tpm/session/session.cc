// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/session/session.h"

#include "lib/base/error.h"
#include "lib/tpm/link/esys.h"
#include "lib/tpm/link/rc.h"
#include "lib/tpm/link/stray.h"

namespace tpm2_sealed {
namespace {

// Parameters of TPM2_StartAuthSession (Part 3, section 11.1): nonceCaller, encryptedSalt,
// sessionType, symmetric, authHash.
constexpr unsigned kSymmetricParameter = 4;

TPMT_SYM_DEF ToTpm(Protection protection) {
  TPMT_SYM_DEF symmetric{};
  symmetric.algorithm = TPM2_ALG_NULL;
  if (protection == Protection::kAes) {
    symmetric.algorithm = TPM2_ALG_AES;
    symmetric.keyBits.aes = 128;
    symmetric.mode.aes = TPM2_ALG_CFB;
  } else if (protection == Protection::kXor) {
    symmetric.algorithm = TPM2_ALG_XOR;
    symmetric.keyBits.exclusiveOr = TPM2_ALG_SHA256;
  }
  return symmetric;
}

}  // namespace

bool Session::Start(EsysTr salt_key, Kind kind) {
  const TPM2_SE type = kind == Kind::kHmac ? TPM2_SE_HMAC : TPM2_SE_POLICY;
  const TPMT_SYM_DEF symmetric = ToTpm(protection_);
  const TSS2_RC code = context_->Retry([&] {
    return Esys_StartAuthSession(context_->esys(), Raw(salt_key), ESYS_TR_NONE, ESYS_TR_NONE,
                                 ESYS_TR_NONE, ESYS_TR_NONE, nullptr, type, &symmetric,
                                 TPM2_ALG_SHA256, object_.out());
  });
  FlushStraySession(*context_, code);
  if (rc::IsSymmetricRefused(code, kSymmetricParameter)) return false;
  context_->Check("TPM2_StartAuthSession", code);
  return true;
}

EsysTr Session::For(SessionUse use) const {
  context_->Check("session attributes", SetUse(*context_, object_.tr(), use));
  return object_.tr();
}

std::optional<HmacSession> HmacSession::TryStart(const Context &context, const SaltKey &salt_key,
                                                 Encryption encryption) {
  HmacSession session(context, encryption);
  if (!session.Start(salt_key.tr(), Kind::kHmac)) return std::nullopt;
  return session;
}

HmacSession HmacSession::StartPlain(const Context &context, PlaintextPermit) {
  return HmacSession(context, Protection::kPlain);
}

EsysTr HmacSession::BothWays() const {
  if (protection_ == Protection::kPlain) return EsysTr::kPassword;
  return For(SessionUse::kBothWays);
}

EsysTr HmacSession::AnswerOnly() const {
  if (protection_ == Protection::kPlain) return EsysTr::kNone;
  return For(SessionUse::kAnswer);
}

std::optional<PolicySession> PolicySession::TryStart(const Context &context,
                                                     const SaltKey &salt_key,
                                                     Encryption encryption) {
  PolicySession session(context, encryption);
  if (!session.Start(salt_key.tr(), Kind::kPolicy)) return std::nullopt;
  return session;
}

PolicySession PolicySession::StartPlain(const Context &context, PlaintextPermit) {
  PolicySession session(context, Protection::kPlain);
  if (!session.Start(EsysTr::kNone, Kind::kPolicy)) {
    throw Error(Reason::kNotSupported, "the TPM does not start a policy session");
  }
  return session;
}

EsysTr PolicySession::ForLastUse() const {
  return For(protection_ == Protection::kPlain ? SessionUse::kLast : SessionUse::kLastAnswer);
}

}  // namespace tpm2_sealed
