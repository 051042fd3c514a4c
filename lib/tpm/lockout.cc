// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/lockout.h"

#include <algorithm>
#include <map>

#include "lib/base/secret.h"
#include "lib/tpm/capability.h"
#include "lib/tpm/link/esys.h"
#include "lib/tpm/link/esys_memory.h"

namespace tpm2_sealed {
namespace {

constexpr std::uint32_t kMinute = 60;
constexpr std::uint32_t kHour = 60 * kMinute;
// The default of TPMs is 10 to 32. A limit of 100000 would allow to try every PIN of five digits.
constexpr std::uint32_t kManyTries = 1000;

std::string Count(std::uint32_t number, const char *what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

std::string Duration(std::uint32_t seconds) {
  if (seconds <= kMinute) return Count(seconds, "second");
  if (seconds <= 2 * kHour) return Count((seconds + kMinute - 1) / kMinute, "minute");
  return Count(seconds / kHour + (seconds % kHour != 0 ? 1 : 0), "hour");
}

}  // namespace

Lockout ReadLockout(const Context &context) {
  // One command reads all of them, since an open with a PIN waits for it.
  auto values = TpmProperties(context, TPM2_PT_PERMANENT, TPM2_PT_LOCKOUT_RECOVERY);
  Lockout lockout;
  const std::uint32_t permanent = values[TPM2_PT_PERMANENT];
  lockout.locked = (permanent & TPMA_PERMANENT_INLOCKOUT) != 0;
  lockout.lockout_auth_set = (permanent & TPMA_PERMANENT_LOCKOUTAUTHSET) != 0;
  lockout.counter = values[TPM2_PT_LOCKOUT_COUNTER];
  lockout.max = values[TPM2_PT_MAX_AUTH_FAIL];
  lockout.interval_s = values[TPM2_PT_LOCKOUT_INTERVAL];
  lockout.recovery_s = values[TPM2_PT_LOCKOUT_RECOVERY];
  return lockout;
}

bool IsCounting(const Lockout &lockout) { return lockout.interval_s != 0 && lockout.max != 0; }

std::uint32_t TriesLeft(const Lockout &lockout) {
  return lockout.counter < lockout.max ? lockout.max - lockout.counter : 0;
}

std::string DescribeTries(const Lockout &lockout) {
  if (!IsCounting(lockout)) return "the TPM does not count wrong tries";
  const std::uint32_t left = TriesLeft(lockout);
  return left == 1 ? "1 try left" : std::to_string(left) + " tries left";
}

std::string DescribeWait(const Lockout &lockout) {
  if (!IsCounting(lockout)) return "another PIN once the lockout was reset";
  return "another PIN within at most " + Duration(lockout.interval_s) + " of powered-on time";
}

Error LockoutError(const Lockout &lockout) {
  return {Reason::kLockout, "the TPM is locked after too many wrong tries",
          DescribeWait(lockout) + ", or use another passphrase"};
}

std::vector<Warning> LintLockout(const Lockout &lockout) {
  std::vector<Warning> warnings;
  if (!IsCounting(lockout) || lockout.max > kManyTries) {
    warnings.push_back(
        {warning_id::kLockoutOff,
         "this TPM does not limit wrong tries, so that a PIN can be guessed at its speed: "
         "set limits with 'tpm2_dictionarylockout --setup-parameters --max-tries=32 "
         "--recovery-time=600 "
         "--lockout-recovery-time=86400'"});
  }
  if (!lockout.lockout_auth_set) {
    warnings.push_back(
        {warning_id::kLockoutAuthEmpty,
         "lockoutAuth of this TPM is empty: whoever has the machine can reset the lockout "
         "and guess PINs at the TPM's speed; 'cryptsetup-tpm2 enroll --set-lockout-auth FILE' sets "
         "it"});
  }
  return warnings;
}

void SetLockoutAuth(const Context &context, const HmacSession &session, ByteView auth) {
  // This check comes first: a refused lockoutAuth locks the lockout hierarchy for its recovery
  // time.
  if (ReadLockout(context).lockout_auth_set) {
    throw Error(Reason::kNotSupported, "lockoutAuth of this TPM is set already",
                "leave --set-lockout-auth out");
  }
  if (auth.size() > kMaxAuthSize) throw Error(Reason::kInternal, "lockoutAuth is too long");
  Wiped<TPM2B_AUTH> new_auth;
  new_auth->size = static_cast<UINT16>(auth.size());
  std::copy(auth.begin(), auth.end(), new_auth->buffer);
  // Once the TPM has accepted the new value, ESYS uses it to check the HMAC of the answer.
  const EsysTr authorization = session.BothWays();
  KnownAuth none_yet(context, EsysTr{ESYS_TR_RH_LOCKOUT}, {});
  none_yet.ForgetIn(authorization);
  const WipedInput wiped(context);
  context.Check("TPM2_HierarchyChangeAuth",
                Esys_HierarchyChangeAuth(context.esys(), ESYS_TR_RH_LOCKOUT, Raw(authorization),
                                         ESYS_TR_NONE, ESYS_TR_NONE, new_auth.get()));
}

}  // namespace tpm2_sealed
