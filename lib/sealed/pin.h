// SPDX-License-Identifier: LGPL-2.1-or-later
// Pin: derives two keys from the bytes that a user types, and says what is unwise about a PIN. The
// derivation is part of the token format, cryptsetup-tpm2-token(5), "hkdf-pin".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/secret.h"
#include "lib/base/warning.h"
#include "lib/format/token_record.h"

namespace tpm2_sealed {

// The most bytes that a prompt can give: cryptsetup's takes 512 with the newline.
inline constexpr std::size_t kMaxPinSize = 511;

// argon2id derives one key from the PIN, and HKDF derives these two from that key. So neither of
// them is a shorter way to the PIN: an attacker who has read every secret out of the TPM, the
// authValue included, still pays argon2id for each guess (tests/bus/pin_oracle,
// tests/integration/pin-theft.test).
struct PinKeys {
  SecretBytes auth_value;  // the sealed object's authValue: 32 bytes, the last one 0x01
  SecretBytes mix;         // 32 bytes; together with the unsealed secret they make the passphrase
};

// Throws Error if the token's cost is out of bounds or more than this machine can do, or if its
// memory is not available now (argon2.h). Takes no memory itself; callers ask before they send any
// TPM command.
void CheckPinCost(const TokenRecord::Pin &kdf, std::uint32_t floor_kib);

// `pin` has 1 to kMaxPinSize bytes. Takes as long as the token's cost says.
PinKeys DerivePinKeys(ByteView pin, const TokenRecord::Pin &kdf);

// Returns the keyslot passphrase, 32 bytes.
SecretBytes PinPassphrase(const SecretBytes &unsealed, const SecretBytes &mix);

// Throws Error(kWrongPin) for bytes that cannot be a PIN: none at all, more than a prompt takes, or
// a NUL byte among them, which no prompt takes.
void CheckPinBytes(ByteView pin);

// Returns "yes, argon2id with 1048576 KiB and 4 iterations", or "no".
std::string DescribePin(const TokenRecord &record);

// Returns whether a guess at `one` costs clearly less, as memory times iterations, than at `other`.
bool CostsLess(const TokenRecord::Pin &one, const TokenRecord::Pin &other);

// Returns what is unwise about a PIN, without revealing the PIN.
std::vector<Warning> LintPin(ByteView pin);

// A PIN for a new token, with all that is derived from it.
struct NewPin {
  SecretBytes pin;
  TokenRecord::Pin kdf;
  PinKeys keys;
};

struct PinCostRequest {
  std::chrono::milliseconds time{1000};
  std::optional<std::uint32_t> memory_kib;  // nullopt: what the machine can spare
  std::uint32_t floor_kib = 0;              // the least that the configuration allows
  // The cost of the PIN that is replaced: a busy machine must not make the next one cheaper. It is
  // ignored if `memory_kib` or another time than the default is asked for.
  std::optional<TokenRecord::Pin> at_least;
};

// Measures this machine, takes a fresh salt and derives the keys. Throws Error(kNotSupported) if
// the token could not be opened at that cost.
NewPin PrepareNewPin(SecretBytes pin, const PinCostRequest &request);

}  // namespace tpm2_sealed
