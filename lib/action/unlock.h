// SPDX-License-Identifier: LGPL-2.1-or-later
// Unlock: from a token to the keyslot passphrase. What the plugin does at every open.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/action/machine.h"
#include "lib/base/bytes.h"
#include "lib/base/secret.h"
#include "lib/base/warning.h"
#include "lib/sealed/pin.h"
#include "lib/sealed/sealed_token.h"

namespace tpm2_sealed {

struct Unlocked {
  SecretBytes passphrase;
  Protection protection;  // what the secret crossed the bus with
};

// The keyslot passphrase of a token without a PIN; Error(kNeedPin) for one with. Opens a connection
// of its own: ESYS remembers the public areas of a connection's keys, and what one token said must
// not be taken for the TPM's word by the next. Throws Error: kPolicyMismatch names the PCRs that
// changed.
Unlocked Unlock(const SealedToken &token, const Machine &machine);
// The same with a PIN: at most 9 commands. argon2id runs when the object is loaded, so that no
// token that does not load costs its time. Throws Error(kWrongPin), which has cost one try and says
// how many are left, or Error(kLockout), which has cost none; both say what the TPM allows next.
// Of a token without a PIN the PIN is not looked at.
Unlocked Unlock(const SealedToken &token, const Machine &machine, ByteView pin);

// For a TokenOpener: the passphrase of a token of this volume. `pin`, if there is one, is given
// only to the token that is being made with it. Throws Error(kNeedPin) for others that want one.
SecretBytes UnlockNew(const std::string &json, const Machine &machine, const NewPin *pin);

// Throws Error(kWrongTpm) if the configuration demands another salt key than the token's.
void CheckEkName(const SealedToken &token, const Machine &machine);
// The way out of changed PCRs (recipe.h).
std::string PolicyHint(const SealedToken &token);

inline constexpr const char *kPlaintextWarning = "plaintext-session";
// The warning that goes with a secret that crossed the bus in the clear; nothing for any other.
std::optional<Warning> PlaintextWarning(Protection protection);

// The PCRs whose value is not the token's, with what they hold now.
struct ChangedPcr {
  std::uint32_t pcr = 0;
  Bytes sealed;
  Bytes now;
};
std::vector<ChangedPcr> ChangedPcrs(const SealedToken &token, const Machine &machine);

// Whether the token's latch is extended, and nothing else keeps its policy from being satisfied: it
// opens when the machine is started again.
bool OnlyLatchChanged(const SealedToken &token, const std::vector<ChangedPcr> &changed);

// The error of a token whose PCRs are not what it was sealed to, `changed` at least one of them:
// which ones, or that only its latch is closed, and the way out.
[[noreturn]] void ThrowPcrMismatch(const SealedToken &token, std::vector<ChangedPcr> changed);

// All of an open but the policy: the salt key is this TPM's, and the sealed object loads under its
// parent. Throws Error.
void CheckLoads(const SealedToken &token, const Machine &machine);

// "PCR 7 (Secure Boot policy) changed since this token was sealed on 2026-11-22".
std::string DescribeChange(const std::vector<ChangedPcr> &changed, const std::string &created);

}  // namespace tpm2_sealed
