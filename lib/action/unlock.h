// SPDX-License-Identifier: LGPL-2.1-or-later
// Unlock: from a token to the keyslot passphrase. What the plugin does at every open.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lib/action/machine.h"
#include "lib/action/outcome.h"
#include "lib/base/bytes.h"
#include "lib/base/warning.h"
#include "lib/sealed/pin.h"
#include "lib/sealed/sealed_token.h"
#include "lib/tpm/key/primary.h"

namespace tpm2_sealed {

// The keyslot passphrase of a token without a PIN; NeedsPin for one with. Does not throw Error:
// what keeps the token from opening is a Refusal. Tokens of one volume may be opened over one
// connection: what ESYS remembers of a key there is what the TPM has answered, and it is compared
// with each token's own pin.
Outcome Open(const SealedToken &token, Tpm &tpm);
// The same with a PIN: at most 9 commands. argon2id runs when the object is loaded, so that no
// token that does not load costs its time. Of a token without a PIN the PIN is not looked at.
Outcome Open(const SealedToken &token, Tpm &tpm, ByteView pin);

// Salt key and parent, opened and compared already in the present connection.
struct OpenedKeys {
  SaltKey salt_key;
  ParentKey parent;
};
// What the TPM unseals, for the proof of a token that was sealed just now under these keys. Its PIN
// was derived already; the lockout is not looked at before. Throws Error as an open would end.
std::variant<SecretBytes, Refusal> UnsealWith(const SealedToken &token, Tpm &tpm, OpenedKeys keys,
                                              const PinKeys *pin);

// For a TokenOpener: the passphrase of a token of this volume without a PIN. Throws Error.
SecretBytes UnlockInPassing(const std::string &json, Tpm &tpm);

// Throws Error(kWrongTpm) if the configuration demands another salt key than the token's.
void CheckEkName(const SealedToken &token, const Machine &machine);

// The warning that goes with a secret that crossed the bus in the clear; nothing for any other.
std::optional<Warning> PlaintextWarning(Protection protection);

// The PCRs whose value is not the token's, with what they hold now.
std::vector<ChangedPcr> ChangedPcrs(const SealedToken &token, Tpm &tpm);

// All of an open but the policy: the salt key is this TPM's, and the sealed object loads under its
// parent. Returns what is wrong; nullopt if nothing is.
std::optional<Error> WhyNotLoaded(const SealedToken &token, Tpm &tpm);

}  // namespace tpm2_sealed
