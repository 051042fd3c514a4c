// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/lockout.h"

#include "lib/seal.h"
#include "lib/tpm/ladder.h"
#include "lib/tpm/lockout_auth.h"

namespace tpm2_sealed {
namespace {

constexpr std::uint32_t kMinute = 60;
constexpr std::uint32_t kHour = 60 * kMinute;
// TPMs come with 10 to 32; a hundred thousand would be every PIN of five digits.
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

Lockout ReadLockout(const TpmAccess &access) {
  const Context context({.tcti = access.tcti, .command_limit = access.command_limit});
  return ReadLockout(context);
}

bool IsCounting(const Lockout &lockout) { return lockout.interval_s != 0 && lockout.max != 0; }

std::string DescribeTries(const Lockout &lockout) {
  if (!IsCounting(lockout)) return "the TPM does not count wrong tries";
  const std::uint32_t left = lockout.counter < lockout.max ? lockout.max - lockout.counter : 0;
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
        {"lockout-off",
         "this TPM does not limit wrong tries, so that a PIN can be guessed at its speed: set "
         "limits "
         "with 'tpm2_dictionarylockout --setup-parameters --max-tries=32 --recovery-time=600 "
         "--lockout-recovery-time=86400'"});
  }
  if (!lockout.lockout_auth_set) {
    warnings.push_back(
        {"lockout-auth-empty",
         "lockoutAuth of this TPM is empty: whoever has the machine can reset the lockout and "
         "guess "
         "PINs at the TPM's speed; 'cryptsetup-tpm2 enroll --set-lockout-auth FILE' sets it"});
  }
  return warnings;
}

void SetLockoutAuth(const TpmAccess &access, const KeyRequest &keys, ByteView auth) {
  if (const Lockout now = ReadLockout(access); !IsCounting(now)) {
    throw Error(
        Reason::kNotSupported,
        "this TPM does not count wrong tries, and its lockoutAuth is not set while that is so",
        "give it limits first: 'tpm2_dictionarylockout --setup-parameters --max-tries=32 "
        "--recovery-time=600 --lockout-recovery-time=86400'");
  }
  KeyRequest look_only = keys;
  look_only.persist = Persist::kNever;
  const ChosenKeys chosen = PrepareKeys(access, look_only);
  const Context context({.tcti = access.tcti, .command_limit = access.command_limit});
  const SaltKey salt_key = OpenSaltKey(context, chosen.salt_key);
  // Never over a plain session: who reads it resets every lockout.
  const HmacSession session = StartHmacSession(
      context, salt_key, {.floor = std::nullopt, .permit = std::nullopt, .carried = Carried::kPin});
  SetLockoutAuth(context, session, auth);
}

}  // namespace tpm2_sealed
