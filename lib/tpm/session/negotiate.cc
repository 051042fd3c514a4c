// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/session/negotiate.h"

#include <string>
#include <utility>

#include "lib/base/error.h"
#include "lib/tpm/session/test_parms.h"

namespace tpm2_sealed {
namespace {

constexpr const char *kSuspect =
    "use another passphrase; if this TPM encrypted before, somebody may be between CPU and TPM";

[[noreturn]] void ThrowBelowFloor(Protection floor) {
  throw Error(Reason::kDowngrade,
              "this TPM refuses to encrypt with " + std::string(ProtectionName(floor)) +
                  ", which the token demands: the secret would cross the bus with less protection",
              kSuspect);
}

// TPM2_TestParms must not accept what TPM2_StartAuthSession has refused.
void RequireRefusal(bool supported, Protection encryption) {
  if (!supported) return;
  throw Error(Reason::kDowngrade,
              "the TPM says that it can encrypt with " + std::string(ProtectionName(encryption)) +
                  " and refuses to do it",
              kSuspect);
}

// tests/integration/pin-theft.test shows this for PINs.
PlaintextPermit RequirePermit(const SessionRules &rules) {
  if (rules.carried == Carried::kPin) {
    throw Error(Reason::kDowngrade,
                "this TPM can encrypt neither with aes-128-cfb nor with xor-sha256, and a PIN is "
                "never used over a plain session",
                kSuspect);
  }
  if (rules.permit) return *rules.permit;
  throw Error(Reason::kDowngrade,
              "this TPM can encrypt neither with aes-128-cfb nor with xor-sha256, so that the "
              "secret would cross the bus in the clear, and the configuration does not permit it",
              "use another passphrase, or permit it with 'plaintext-sessions = if-unsupported' "
              "(cryptsetup-tpm2.conf(5)) if nobody can reach the bus");
}

// Returns nullopt if the TPM can do neither AES nor XOR, and the floor allows that.
template <typename AnySession>
std::optional<AnySession> Climb(const Context &context, const SaltKey &salt_key, Protection floor) {
  if (auto session = AnySession::TryStart(context, salt_key, Protection::kAes)) return session;
  if (floor > Protection::kXor) ThrowBelowFloor(floor);
  RequireRefusal(SaysAes128Cfb(context), Protection::kAes);
  if (auto session = AnySession::TryStart(context, salt_key, Protection::kXor)) return session;
  if (floor > Protection::kPlain) ThrowBelowFloor(floor);
  RequireRefusal(SaysXorSha256(context), Protection::kXor);
  return std::nullopt;
}

}  // namespace

template <typename AnySession>
Negotiated<AnySession> NegotiateSession(const Context &context, const SaltKey &salt_key,
                                        const SessionRules &rules) {
  if (auto session = Climb<AnySession>(context, salt_key, rules.floor)) return std::move(*session);
  return RequirePermit(rules);
}
template Negotiated<HmacSession> NegotiateSession(const Context &, const SaltKey &,
                                                  const SessionRules &);
template Negotiated<PolicySession> NegotiateSession(const Context &, const SaltKey &,
                                                    const SessionRules &);

HmacSession StartHmacSession(const Context &context, const SaltKey &salt_key,
                             const SessionRules &rules) {
  auto negotiated = NegotiateSession<HmacSession>(context, salt_key, rules);
  if (auto *session = std::get_if<HmacSession>(&negotiated)) return std::move(*session);
  return HmacSession::StartPlain(context, std::get<PlaintextPermit>(negotiated));
}

bool CanEncrypt(const Context &context, const SaltKey &salt_key) {
  return Climb<HmacSession>(context, salt_key, Protection::kPlain).has_value();
}

}  // namespace tpm2_sealed
