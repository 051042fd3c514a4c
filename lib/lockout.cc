// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/lockout.h"

#include "lib/seal.h"
#include "lib/tpm/ladder.h"
#include "lib/tpm/lockout_auth.h"

namespace tpm2_sealed {
namespace {

constexpr std::uint32_t kMinute = 60;
constexpr std::uint32_t kHour = 60 * kMinute;

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

std::string DescribeTries(const Lockout &lockout) {
  const std::uint32_t left = lockout.counter < lockout.max ? lockout.max - lockout.counter : 0;
  return left == 1 ? "1 try left" : std::to_string(left) + " tries left";
}

std::string DescribeWait(const Lockout &lockout) {
  if (lockout.interval_s == 0) return "another PIN only after the lockout was reset";
  return "another PIN within at most " + Duration(lockout.interval_s) + " of powered-on time";
}

Error LockoutError(const Lockout &lockout) {
  return {Reason::kLockout, "the TPM is locked after too many wrong tries",
          DescribeWait(lockout) + ", or use another passphrase"};
}

std::optional<Warning> LintLockout(const Lockout &lockout) {
  if (lockout.lockout_auth_set) return std::nullopt;
  return Warning{kLockoutAuthWarning,
                 "lockoutAuth of this TPM is empty: whoever has the machine can reset the lockout "
                 "and guess PINs at the TPM's speed; --set-lockout-auth FILE sets it"};
}

void SetLockoutAuth(const TpmAccess &access, const KeyRequest &keys, ByteView auth) {
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
