// SPDX-License-Identifier: LGPL-2.1-or-later
// ThiefKey: a key of the attacker's own, whose private part is known, dressed as a key of the TPM.
#pragma once

#include <openssl/evp.h>
#include <memory>
#include <optional>
#include <string>

#include "tests/bus/message.h"

namespace tpm2_sealed::test {

Bytes Sha256Of(View data);
Bytes HmacSha256(View key, View data);

class ThiefKey {
 public:
  // A PEM file with an RSA 2048 or a P-256 key.
  explicit ThiefKey(const std::string &path);
  explicit ThiefKey(std::shared_ptr<EVP_PKEY> key) : key_(std::move(key)) {}

  // The content of a TPM2B_PUBLIC with the same attributes and scheme, and this key in it. Nothing
  // if it is of another type.
  std::optional<Bytes> Dress(View genuine) const;
  // The salt that was encrypted to this key (Part 1, annexes B.10.2 and C.6.1); nothing if it was
  // not.
  std::optional<Bytes> DecryptSalt(View encrypted) const;

 private:
  bool IsRsa() const { return EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_RSA; }
  Bytes Number(const char *name) const;
  std::optional<Bytes> DecryptRsa(View encrypted) const;
  std::optional<Bytes> DecryptEcc(View encrypted) const;

  std::shared_ptr<EVP_PKEY> key_;
};

// nameAlg and digest of a TPM2B_PUBLIC's content, whose nameAlg is SHA-256.
Bytes NameOf(View area);

}  // namespace tpm2_sealed::test
