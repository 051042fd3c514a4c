// SPDX-License-Identifier: LGPL-2.1-or-later
// Unlock: gets the keyslot passphrase from a token. The plugin does this at every open.
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

// Returns the keyslot passphrase of a token without a PIN; NeedsPin for a token with one. Does not
// throw Error: a Refusal says what keeps the token from opening. Tokens of one volume may be opened
// over one connection: what ESYS remembers of a key there is what the TPM answered, and it is
// compared with the key that each token pins.
Outcome Open(const SealedToken &token, Tpm &tpm);
// Does the same with a PIN, in at most 9 commands. argon2id runs only once the object is loaded, so
// that a token that does not load does not cost its time. The PIN is ignored if the token has none.
Outcome Open(const SealedToken &token, Tpm &tpm, ByteView pin);

// Salt key and parent, opened and compared already in the present connection.
struct OpenedKeys {
  SaltKey salt_key;
  ParentKey parent;
};
// Returns what the TPM unseals, for the proof of a token that was sealed just now under these keys.
// `pin` holds the keys derived from its PIN, or is null. The lockout is not checked first. Throws
// Error where Open would return Failed.
std::variant<SecretBytes, Refusal> UnsealWith(const SealedToken &token, Tpm &tpm, OpenedKeys keys,
                                              const PinKeys *pin);

// For a TokenOpener: returns the passphrase of a token of this volume without a PIN. Throws Error.
SecretBytes UnlockInPassing(const std::string &json, Tpm &tpm);

// Throws Error(kWrongTpm) if the configuration demands another salt key than the token's.
void CheckEkName(const SealedToken &token, const Machine &machine);

// Returns the warning for a secret that crossed the bus in the clear; nullopt for any other.
std::optional<Warning> PlaintextWarning(Protection protection);

// Returns the PCRs that do not hold the token's values, with what they hold now. Throws Error.
std::vector<ChangedPcr> ChangedPcrs(const SealedToken &token, Tpm &tpm);

// Does all of an open but the policy: the salt key must be this TPM's, and the sealed object must
// load under its parent. Returns what is wrong; nullopt if nothing is.
std::optional<Error> WhyNotLoaded(const SealedToken &token, Tpm &tpm);

}  // namespace tpm2_sealed
