// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/ladder.h"

#include <string>

#include "lib/base/error.h"
#include "lib/tpm/capability.h"

namespace tpm2_sealed {
namespace {

constexpr const char *kSuspect =
    "use another passphrase; if this TPM encrypted before, somebody may be between CPU and TPM";

[[noreturn]] void ThrowBelowFloor(ParameterEncryption floor) {
  throw Error(Reason::kDowngrade,
              "this TPM refuses to encrypt with " + std::string(ProtectionName(floor)) +
                  ", which the token demands: the secret would cross the bus with less protection",
              kSuspect);
}

// One side of the TPM must not say that it can while the other says that it cannot.
void RequireRefusal(bool supported, ParameterEncryption encryption) {
  if (!supported) return;
  throw Error(Reason::kDowngrade,
              "the TPM says that it can encrypt with " + std::string(ProtectionName(encryption)) +
                  " and refuses to do it",
              kSuspect);
}

// Nothing: plain, and permitted.
template <typename AnySession>
std::optional<AnySession> Climb(const Context &context, const SaltKey &salt_key,
                                const SessionRules &rules) {
  constexpr auto kAes = ParameterEncryption::kAes128Cfb;
  constexpr auto kXor = ParameterEncryption::kXorSha256;
  if (auto session = AnySession::TryStart(context, salt_key, kAes)) return session;
  if (rules.floor == kAes) ThrowBelowFloor(kAes);
  RequireRefusal(SaysAes128Cfb(context), kAes);
  if (auto session = AnySession::TryStart(context, salt_key, kXor)) return session;
  if (rules.floor == kXor) ThrowBelowFloor(kXor);
  RequireRefusal(SaysXorSha256(context), kXor);
  if (!rules.permit) {
    throw Error(Reason::kDowngrade,
                "this TPM can encrypt neither with aes-128-cfb nor with xor-sha256, so that the "
                "secret would cross the bus in the clear, and the configuration does not permit it",
                "use another passphrase, or permit it with 'plaintext-sessions = if-unsupported' "
                "(cryptsetup-tpm2.conf(5)) if nobody can reach the bus");
  }
  return std::nullopt;
}

}  // namespace

std::optional<PolicySession> TryStartPolicySession(const Context &context, const SaltKey &salt_key,
                                                   const SessionRules &rules) {
  return Climb<PolicySession>(context, salt_key, rules);
}

HmacSession StartHmacSession(const Context &context, const SaltKey &salt_key,
                             const SessionRules &rules) {
  if (auto session = Climb<HmacSession>(context, salt_key, rules)) return std::move(*session);
  return HmacSession::StartPlain(context, rules.permit.value());
}

}  // namespace tpm2_sealed
