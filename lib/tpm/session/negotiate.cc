// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/session/negotiate.h"

#include <string>

#include "lib/base/error.h"
#include "lib/tpm/session/test_parms.h"

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

// Shown for PINs by tests/integration/pin-theft.test.
void RequirePermit(const SessionRules &rules) {
  if (rules.carried == Carried::kPin) {
    throw Error(Reason::kDowngrade,
                "this TPM can encrypt neither with aes-128-cfb nor with xor-sha256, and a PIN is "
                "never used over a plain session",
                kSuspect);
  }
  if (rules.permit) return;
  throw Error(Reason::kDowngrade,
              "this TPM can encrypt neither with aes-128-cfb nor with xor-sha256, so that the "
              "secret would cross the bus in the clear, and the configuration does not permit it",
              "use another passphrase, or permit it with 'plaintext-sessions = if-unsupported' "
              "(cryptsetup-tpm2.conf(5)) if nobody can reach the bus");
}

// Nothing: the TPM can do neither, and the floor is plain.
template <typename AnySession>
std::optional<AnySession> Climb(const Context &context, const SaltKey &salt_key, Protection floor) {
  constexpr auto kAes = ParameterEncryption::kAes128Cfb;
  constexpr auto kXor = ParameterEncryption::kXorSha256;
  if (auto session = AnySession::TryStart(context, salt_key, kAes)) return session;
  if (floor == kAes) ThrowBelowFloor(kAes);
  RequireRefusal(SaysAes128Cfb(context), kAes);
  if (auto session = AnySession::TryStart(context, salt_key, kXor)) return session;
  if (floor == kXor) ThrowBelowFloor(kXor);
  RequireRefusal(SaysXorSha256(context), kXor);
  return std::nullopt;
}

}  // namespace

std::optional<PolicySession> TryStartPolicySession(const Context &context, const SaltKey &salt_key,
                                                   const SessionRules &rules) {
  auto session = Climb<PolicySession>(context, salt_key, rules.floor);
  if (!session) RequirePermit(rules);
  return session;
}

HmacSession StartHmacSession(const Context &context, const SaltKey &salt_key,
                             const SessionRules &rules) {
  if (auto session = Climb<HmacSession>(context, salt_key, rules.floor)) {
    return std::move(*session);
  }
  RequirePermit(rules);
  return HmacSession::StartPlain(context, *rules.permit);
}

bool CanEncrypt(const Context &context, const SaltKey &salt_key) {
  return Climb<HmacSession>(context, salt_key, std::nullopt).has_value();
}

}  // namespace tpm2_sealed
