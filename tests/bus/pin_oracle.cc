// SPDX-License-Identifier: LGPL-2.1-or-later
// pin_oracle: the thief who has the header and has listened to an open with the right PIN, and who
// looks for that PIN. The HMAC of TPM2_Unseal is keyed with the session's key and the authValue
// that comes of the PIN: whoever has the session's key can try PINs on it, without the TPM.
//   pin_oracle find TRACE TOKEN PINS [SALTS]   prints the line of PINS that was typed, and exits 0;
//                                              exits 1 if it cannot be told
//   pin_oracle auth|mix|argon2 TOKEN PIN       what comes of a PIN, in hex: the authValue, the key
//                                              for the passphrase, and what both are made of
// The session's key is tried to be none, as in an unsalted session, or to come from any 32 bytes in
// a row that stand in the trace or the header, or from those in the file SALTS.
#include <algorithm>
#include <cstdio>

#include "lib/base/argon2.h"
#include "lib/base/crypto.h"
#include "lib/base/encoding.h"
#include "lib/format/token_record.h"
#include "lib/sealed/pin.h"
#include "tests/bus/trace.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace {

using namespace tpm2_sealed::test;
using tpm2_sealed::TokenRecord;

constexpr std::uint32_t kStartAuthSession = 0x176, kLoad = 0x157, kUnseal = 0x15e;
constexpr std::size_t kSaltSize = 32, kKeySize = 32;

Bytes HmacSha256(View key, View data) {
  Bytes out(32);
  unsigned size = 0;
  const std::uint8_t none = 0;
  HMAC(EVP_sha256(), key.empty() ? &none : key.data(), static_cast<int>(key.size()), data.data(),
       data.size(), out.data(), &size);
  return out;
}

// What the wire shows of one TPM2_Unseal that a policy session authorised.
struct Recorded {
  Bytes nonce_caller, nonce_tpm;  // of TPM2_StartAuthSession
  Bytes hmac;
  Bytes hashed;  // what the HMAC is computed over: Part 1, section 19.6.5
};

Recorded Listen(const std::vector<Exchange> &exchanges) {
  Recorded seen;
  Bytes name;
  for (const Exchange &e : exchanges) {
    const std::uint32_t code = CodeOf(e.command);
    // A refused TPM2_Unseal is as good an oracle.
    if (CodeOf(e.response) != 0 && code != kUnseal) continue;
    if (code == kStartAuthSession) {
      std::size_t at = 10 + 8;
      seen.nonce_caller = Sized(e.command, at);
      at = 10 + 4;
      seen.nonce_tpm = Sized(e.response, at);
    } else if (code == kLoad) {
      std::size_t at = 10 + 4 + 4;
      name = Sized(e.response, at);
    } else if (code == kUnseal) {
      std::size_t at = 10 + 4 + 4 + 4;
      const Bytes nonce = Sized(e.command, at);
      const std::uint8_t attributes = e.command.at(at++);
      seen.hmac = Sized(e.command, at);
      Bytes command(e.command.begin() + 6, e.command.begin() + 10);
      Append(command, name);
      seen.hashed = tpm2_sealed::Sha256(command);
      Append(seen.hashed, nonce);
      Append(seen.hashed, seen.nonce_tpm);
      seen.hashed.push_back(attributes);
    }
  }
  if (seen.hmac.size() != 32) throw std::runtime_error("no TPM2_Unseal with an HMAC in the trace");
  return seen;
}

// KDFa(SHA-256, salt, "ATH", nonceTPM, nonceCaller, 256): Part 1, sections 11.4.10.2 and 19.6.8.
Bytes SessionKey(const Recorded &seen, View salt) {
  Bytes input = {0, 0, 0, 1, 'A', 'T', 'H', 0};
  Append(input, seen.nonce_tpm);
  Append(input, seen.nonce_caller);
  Append(input, Bytes{0, 0, 1, 0});
  return HmacSha256(salt, input);
}

void AddWindows(std::vector<Bytes> &keys, const Recorded &seen, View bytes) {
  for (std::size_t at = 0; at + kSaltSize <= bytes.size(); ++at) {
    keys.push_back(SessionKey(seen, bytes.subspan(at, kSaltSize)));
  }
}

std::string TextOf(const char *path) {
  const Bytes bytes = ReadFile(path);
  return std::string(bytes.begin(), bytes.end());
}

View AsBytes(const std::string &text) {
  return {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()};
}

Bytes CopyOf(const tpm2_sealed::SecretBytes &secret) {
  return Bytes(secret.data(), secret.data() + secret.size());
}

Bytes AuthValue(const TokenRecord &token, const std::string &pin) {
  return CopyOf(tpm2_sealed::DerivePinKeys(AsBytes(pin), token.pin.value()).auth_value);
}

Bytes Derived(const std::string &what, const TokenRecord &token, const std::string &pin) {
  const TokenRecord::Pin &kdf = token.pin.value();
  if (what == "auth") return AuthValue(token, pin);
  if (what == "mix") return CopyOf(tpm2_sealed::DerivePinKeys(AsBytes(pin), kdf).mix);
  if (what != "argon2") throw std::runtime_error("usage: see the source");
  const tpm2_sealed::Argon2Cost cost = {.memory_kib = kdf.memory_kib, .iterations = kdf.iterations};
  return CopyOf(tpm2_sealed::Argon2id(AsBytes(pin), kdf.salt, cost, kKeySize));
}

int Find(char **arguments, bool has_salts) {
  const std::vector<Exchange> exchanges = ReadTrace(arguments[0]);
  const TokenRecord token = TokenRecord::Parse(TextOf(arguments[1]));
  const Recorded seen = Listen(exchanges);
  std::vector<Bytes> keys = {{}};
  for (const Exchange &e : exchanges) {
    AddWindows(keys, seen, e.command);
    AddWindows(keys, seen, e.response);
  }
  for (const Bytes &part : {token.salt_key.public_area, token.parent.public_area,
                            token.sealed_public, token.sealed_private, token.pin->salt}) {
    AddWindows(keys, seen, part);
  }
  if (has_salts) AddWindows(keys, seen, ReadFile(arguments[3]));
  std::ifstream pins(arguments[2]);
  for (std::string pin; std::getline(pins, pin);) {
    const Bytes auth = AuthValue(token, pin);
    for (Bytes key : keys) {
      Append(key, auth);
      if (HmacSha256(key, seen.hashed) != seen.hmac) continue;
      std::printf("%s\n", pin.c_str());
      return 0;
    }
  }
  return 1;
}

}  // namespace

int main(int argc, char **argv) {
  try {
    const std::string what = argc > 1 ? argv[1] : "";
    if (what == "find" && (argc == 5 || argc == 6)) return Find(argv + 2, argc == 6);
    if (argc != 4) throw std::runtime_error("usage: see the source");
    const TokenRecord token = TokenRecord::Parse(TextOf(argv[2]));
    std::printf("%s\n", tpm2_sealed::HexEncode(Derived(what, token, argv[3])).c_str());
    return 0;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "pin_oracle: %s\n", error.what());
    return 99;
  }
}
