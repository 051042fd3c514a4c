// SPDX-License-Identifier: LGPL-2.1-or-later
// What the plugin and the command ask of a TPM, as the fuzz targets have it done.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "lib/base/bytes.h"

namespace tpm2_sealed::fuzz {

// Tokens of one TPM, sealed without being part of a volume.
struct Tokens {
  std::string ecc;  // persistent ECC keys
  std::string rsa;  // an RSA salt key that every open has to make, sealed under an ECC parent
  std::string pin;  // as ecc, with the PIN kPin at the least cost
};

inline constexpr std::string_view kPin = "4711";
// What is sealed in all of them.
inline constexpr std::string_view kSealed = "what the TPM of the fuzzers seal";

enum class Action {
  kOpenEcc,
  kOpenRsa,
  kOpenPin,
  kOpenXor,
  kOpenPlain,      // with the permit
  kOpenForbidden,  // the same token without it
  kReady,          // status of a token with a PIN
  kLoads,          // status of a token whose latch is closed
  kDescribe,       // the action `tpm`
  kSeal,
  kCertified,  // sealing with --ek-ca
  kLatch,
};
inline constexpr std::array kActionNames = {"open-ecc",   "open-rsa",       "open-pin",  "open-xor",
                                            "open-plain", "open-forbidden", "ready",     "loads",
                                            "describe",   "seal",           "certified", "latch"};

// The passphrase of an open; nothing of the others. Throws Error.
std::optional<Bytes> Run(Action action, const Tokens &tokens, const std::string &tcti);

// The passphrase that an open with that action must come to, if it comes to one.
Bytes PassphraseOf(Action action, const Tokens &tokens);

// Makes the tokens; the TPM gets persistent ECC keys.
Tokens MakeTokens(const std::string &tcti);

}  // namespace tpm2_sealed::fuzz
