// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/bus/thief_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <algorithm>

namespace tpm2_sealed::test {
namespace {

constexpr std::size_t kRsaSize = 256, kEccSize = 32;
constexpr char kLabel[] = "SECRET";  // its zero byte counts

using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;

}  // namespace

Bytes Sha256Of(View data) {
  Bytes digest(SHA256_DIGEST_LENGTH);
  SHA256(data.data(), data.size(), digest.data());
  return digest;
}

Bytes HmacSha256(View key, View data) {
  Bytes out(SHA256_DIGEST_LENGTH);
  unsigned size = 0;
  const std::uint8_t none = 0;
  HMAC(EVP_sha256(), key.empty() ? &none : key.data(), static_cast<int>(key.size()), data.data(),
       data.size(), out.data(), &size);
  return out;
}

Bytes NameOf(View area) {
  Bytes name = {0x00, 0x0b};
  Append(name, Sha256Of(area));
  return name;
}

ThiefKey::ThiefKey(const std::string &path) {
  const std::unique_ptr<FILE, int (*)(FILE *)> file(std::fopen(path.c_str(), "r"), std::fclose);
  if (!file) throw std::runtime_error("cannot read " + path);
  key_.reset(PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  if (!key_) throw std::runtime_error("no private key in " + path);
}

Bytes ThiefKey::Number(const char *name) const {
  BIGNUM *number = nullptr;
  if (EVP_PKEY_get_bn_param(key_.get(), name, &number) != 1) {
    throw std::runtime_error("the key has no number of that name");
  }
  Bytes bytes(IsRsa() ? kRsaSize : kEccSize);
  BN_bn2binpad(number, bytes.data(), static_cast<int>(bytes.size()));
  BN_free(number);
  return bytes;
}

std::optional<Bytes> ThiefKey::Dress(View genuine) const {
  constexpr std::uint32_t kRsa = 0x0001, kEcc = 0x0023;
  if (BigEndian(genuine, 0, 2) != (IsRsa() ? kRsa : kEcc)) return std::nullopt;
  // The field "unique" comes last: the modulus, or both coordinates.
  const std::size_t unique = IsRsa() ? 2 + kRsaSize : 2 * (2 + kEccSize);
  Bytes area = Part(genuine, 0, genuine.size() - unique);
  if (IsRsa()) {
    AppendSized(area, Number(OSSL_PKEY_PARAM_RSA_N));
  } else {
    AppendSized(area, Number(OSSL_PKEY_PARAM_EC_PUB_X));
    AppendSized(area, Number(OSSL_PKEY_PARAM_EC_PUB_Y));
  }
  return area;
}

std::optional<Bytes> ThiefKey::DecryptSalt(View encrypted) const {
  return IsRsa() ? DecryptRsa(encrypted) : DecryptEcc(encrypted);
}

std::optional<Bytes> ThiefKey::DecryptRsa(View encrypted) const {
  const PkeyContext context(EVP_PKEY_CTX_new(key_.get(), nullptr), EVP_PKEY_CTX_free);
  auto *label = static_cast<unsigned char *>(OPENSSL_memdup(kLabel, sizeof kLabel));
  Bytes salt(kRsaSize);
  std::size_t size = salt.size();
  if (EVP_PKEY_decrypt_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) != 1 ||
      EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), EVP_sha256()) != 1 ||
      EVP_PKEY_CTX_set0_rsa_oaep_label(context.get(), label, sizeof kLabel) != 1 ||
      EVP_PKEY_decrypt(context.get(), salt.data(), &size, encrypted.data(), encrypted.size()) !=
          1) {
    return std::nullopt;
  }
  salt.resize(size);
  return salt;
}

// KDFe of the shared point (Part 1, section 11.4.10.3).
std::optional<Bytes> ThiefKey::DecryptEcc(View encrypted) const {
  if (encrypted.size() != 2 * (2 + kEccSize)) return std::nullopt;
  std::size_t at = 0;
  const Bytes x = Sized(encrypted, at), y = Sized(encrypted, at);
  Bytes point = {4};
  Append(point, x);
  Append(point, y);
  char curve[] = "prime256v1";
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end()};
  const PkeyContext maker(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), EVP_PKEY_CTX_free);
  EVP_PKEY *made = nullptr;
  if (EVP_PKEY_fromdata_init(maker.get()) != 1 ||
      EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters) != 1) {
    return std::nullopt;
  }
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> peer(made, EVP_PKEY_free);
  const PkeyContext context(EVP_PKEY_CTX_new(key_.get(), nullptr), EVP_PKEY_CTX_free);
  Bytes shared(kEccSize);
  std::size_t size = shared.size();
  if (EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer(context.get(), peer.get()) != 1 ||
      EVP_PKEY_derive(context.get(), shared.data(), &size) != 1) {
    return std::nullopt;
  }
  Bytes input = {0, 0, 0, 1};
  Append(input, shared);
  Append(input, View(reinterpret_cast<const std::uint8_t *>(kLabel), sizeof kLabel));
  Append(input, x);
  Append(input, Number(OSSL_PKEY_PARAM_EC_PUB_X));
  return Sha256Of(input);
}

}  // namespace tpm2_sealed::test
