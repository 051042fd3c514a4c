// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/base/certificate.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <algorithm>
#include <array>
#include <string_view>

#include "lib/base/c_handle.h"
#include "lib/base/encoding.h"

namespace tpm2_sealed {
namespace {

using Pkey = CHandle<EVP_PKEY, EVP_PKEY_free>;

// TCG EK Credential Profile 2.4, section 3.2.16: tcg-kp-EKCertificate.
constexpr std::string_view kEkCertificateUse = "2.23.133.8.1";

std::string NameText(const X509_NAME *name) {
  CHandle<BIO, BIO_free> out(BIO_new(BIO_s_mem()));
  // RFC 2253 as OpenSSL writes it: control characters and everything beyond ASCII are escaped.
  if (!out || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253) < 0) return "?";
  const char *text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  std::string printed(text, static_cast<std::size_t>(std::max(size, 0L)));
  if (printed.size() > kMaxIssuer) printed = printed.substr(0, kMaxIssuer - 3) + "...";
  return printed;
}

std::optional<Bytes> Number(const EVP_PKEY *key, const char *name) {
  BIGNUM *raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) return std::nullopt;
  const CHandle<BIGNUM, BN_free> number(raw);
  Bytes bytes(static_cast<std::size_t>(BN_num_bytes(number.get())));
  BN_bn2bin(number.get(), bytes.data());
  return bytes;
}

// Returns the public key of `x509`. OpenSSL does not decode an RSA key that is labelled for OAEP,
// but its bits are the same RSAPublicKey (RFC 4055, section 1.2).
Pkey KeyOf(X509 *x509) {
  if (Pkey key(X509_get_pubkey(x509)); key) return key;
  ASN1_OBJECT *algorithm = nullptr;
  const unsigned char *bits = nullptr;
  int size = 0;
  if (X509_PUBKEY_get0_param(&algorithm, &bits, &size, nullptr, X509_get_X509_PUBKEY(x509)) != 1 ||
      OBJ_obj2nid(algorithm) != NID_rsaesOaep) {
    return nullptr;
  }
  return Pkey(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &bits, size));
}

std::string CurveName(const EVP_PKEY *key) {
  std::array<char, 64> name{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, name.data(), name.size(), &size) != 1) return {};
  const std::string_view group(name.data(), size);
  if (group == "prime256v1") return "P-256";
  if (group == "secp384r1") return "P-384";
  return std::string(group);
}

bool NamesEkUse(X509 *x509) {
  const CHandle<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free> uses(static_cast<EXTENDED_KEY_USAGE *>(
      X509_get_ext_d2i(x509, NID_ext_key_usage, nullptr, nullptr)));
  for (int i = 0; i < sk_ASN1_OBJECT_num(uses.get()); ++i) {
    std::array<char, 64> oid{};
    OBJ_obj2txt(oid.data(), static_cast<int>(oid.size()), sk_ASN1_OBJECT_value(uses.get(), i), 1);
    if (kEkCertificateUse == oid.data()) return true;
  }
  return false;
}

}  // namespace

Bytes WithoutLeadingZeros(ByteView number) {
  const auto first = std::ranges::find_if(number, [](std::uint8_t byte) { return byte != 0; });
  return Bytes(first, number.end());
}

std::optional<Certificate> Certificate::Parse(ByteView der) {
  const unsigned char *at = der.data();
  std::shared_ptr<X509> x509(d2i_X509(nullptr, &at, static_cast<long>(der.size())), X509_free);
  if (!x509) return std::nullopt;
  return Certificate(std::move(x509), static_cast<std::size_t>(at - der.data()));
}

CertificateId Certificate::Id() const {
  const ASN1_INTEGER *serial = X509_get0_serialNumber(x509_.get());
  const Bytes bytes = WithoutLeadingZeros(
      {ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial))});
  std::string hex = bytes.empty() ? "00" : HexEncode(bytes);
  hex.resize(std::min(hex.size(), kMaxSerial));
  return {.issuer = NameText(X509_get_issuer_name(x509_.get())), .serial = std::move(hex)};
}

std::string Certificate::Subject() const { return NameText(X509_get_subject_name(x509_.get())); }

std::shared_ptr<X509> Certificate::WithPlainKey() const {
  if (X509_get0_pubkey(x509_.get()) != nullptr) return x509_;
  const Pkey key = KeyOf(x509_.get());
  std::shared_ptr<X509> copy(key ? X509_dup(x509_.get()) : nullptr, X509_free);
  if (copy && X509_set_pubkey(copy.get(), key.get()) != 1) copy.reset();
  return copy;
}

Validity Certificate::ValidityNow() const {
  // X509_cmp_current_time(3) returns -1 for a past time, 1 for a future time, 0 for an error.
  if (X509_cmp_current_time(X509_get0_notBefore(x509_.get())) >= 0) return Validity::kNotYet;
  const int end = X509_cmp_current_time(X509_get0_notAfter(x509_.get()));
  if (end == 0) return Validity::kNoEnd;
  return end < 0 ? Validity::kOver : Validity::kNow;
}

std::optional<PublicNumbers> Certificate::Key() const {
  const Pkey key = KeyOf(x509_.get());
  if (!key) return std::nullopt;
  PublicNumbers numbers;
  const bool rsa = EVP_PKEY_is_a(key.get(), "RSA") == 1;
  if (!rsa) {
    if (EVP_PKEY_is_a(key.get(), "EC") != 1) return std::nullopt;
    numbers.curve = CurveName(key.get());
    if (numbers.curve.empty()) return std::nullopt;
  }
  auto first = Number(key.get(), rsa ? OSSL_PKEY_PARAM_RSA_N : OSSL_PKEY_PARAM_EC_PUB_X);
  auto second = Number(key.get(), rsa ? OSSL_PKEY_PARAM_RSA_E : OSSL_PKEY_PARAM_EC_PUB_Y);
  if (!first || !second) return std::nullopt;
  numbers.first = std::move(*first);
  numbers.second = std::move(*second);
  return numbers;
}

std::string Certificate::EkMisuse() const {
  X509 *x509 = x509_.get();
  // This call parses the extensions too, and sets EXFLAG_INVALID if one of them is malformed.
  const std::uint32_t flags = X509_get_extension_flags(x509);
  if ((flags & EXFLAG_INVALID) != 0) return "has an extension that cannot be read";
  if (X509_check_ca(x509) == 1) return "is that of a CA";
  if ((flags & EXFLAG_KUSAGE) != 0 &&
      (X509_get_key_usage(x509) &
       (KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT | KU_KEY_AGREEMENT)) == 0) {
    return "is for a key that does not encrypt (key usage)";
  }
  if ((flags & EXFLAG_XKUSAGE) != 0 && !NamesEkUse(x509)) {
    return "is not for endorsement keys (extended key usage)";
  }
  return {};
}

}  // namespace tpm2_sealed
