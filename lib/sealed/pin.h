// SPDX-License-Identifier: LGPL-2.1-or-later
// Pin: from the bytes that a user types to the two keys that come of them, and what is odd about a
// PIN. The derivation is part of the token format, cryptsetup-tpm2-token(5), "hkdf-pin".
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

// What a prompt can give: cryptsetup's takes 512 bytes with the newline.
inline constexpr std::size_t kMaxPinSize = 511;

// argon2id makes one key of the PIN, HKDF these two of it. So neither is a shorter way to the PIN
// than the other: who has read every secret out of the TPM, the authValue too, still pays argon2id
// for each guess (tests/bus/pin_oracle, tests/integration/pin-theft.test).
struct PinKeys {
  SecretBytes auth_value;  // the sealed object's authValue: 32 bytes, the last one 0x01
  SecretBytes mix;         // 32 bytes; together with the unsealed secret they make the passphrase
};

// Throws Error if the token's cost is out of bounds, more than this machine can do, or its memory
// cannot be had just now (argon2.h): before any memory is taken, and to be asked before any TPM
// command is sent.
void CheckPinCost(const TokenRecord::Pin &kdf, std::uint32_t floor_kib);

// Takes the time that the token's cost says. `pin` 1 to kMaxPinSize bytes.
PinKeys DerivePinKeys(ByteView pin, const TokenRecord::Pin &kdf);

// The keyslot passphrase, 32 bytes.
SecretBytes PinPassphrase(const SecretBytes &unsealed, const SecretBytes &mix);

// Throws Error(kWrongPin) for what can be nobody's PIN: empty, longer than a prompt takes, or with
// a NUL byte, which prompts do not take.
void CheckPinBytes(ByteView pin);

// "yes, argon2id with 1048576 KiB and 4 iterations", or "no".
std::string DescribePin(const TokenRecord &record);

// Whether a guess at the one costs clearly less, by memory and work, than at the other.
bool CostsLess(const TokenRecord::Pin &one, const TokenRecord::Pin &other);

// What is unwise about a PIN, without telling what it is.
std::vector<Warning> LintPin(ByteView pin);

// A PIN for a new token, with all that is derived from it.
struct NewPin {
  SecretBytes pin;
  TokenRecord::Pin kdf;
  PinKeys keys;
};

struct PinCostRequest {
  std::chrono::milliseconds time{1000};
  std::optional<std::uint32_t> memory_kib;  // nothing: what the machine can spare
  std::uint32_t floor_kib = 0;              // of the configuration
  // Of a PIN that is replaced: a busy machine must not make the next one cheaper. Does not count
  // where `memory_kib` or another time than the default is asked for.
  std::optional<TokenRecord::Pin> at_least;
};

// Measures this machine, takes a fresh salt and derives. Throws Error(kNotSupported) for a cost
// that the token could not be opened with.
NewPin PrepareNewPin(SecretBytes pin, const PinCostRequest &request);

}  // namespace tpm2_sealed
