// SPDX-License-Identifier: LGPL-2.1-or-later
// Certificates for tests: made and signed here, with any mistake that a test asks for.
#pragma once

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <string>
#include <vector>

#include "lib/base/c_handle.h"
#include "lib/base/certificate.h"

#include "tests/unit/test.h"

namespace tpm2_sealed::test {

using TestKey = std::shared_ptr<EVP_PKEY>;
using X509Handle = CHandle<X509, X509_free>;

inline TestKey EcKey(const char *curve = "P-256") {
  return TestKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve), EVP_PKEY_free);
}
inline TestKey RsaKey(std::size_t bits = 2048) {
  return TestKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits), EVP_PKEY_free);
}

struct Extension {
  int nid;
  const char *value;
};
inline const std::vector<Extension> kCaExtensions = {
    {NID_basic_constraints, "critical,CA:TRUE"},
    {NID_key_usage, "critical,keyCertSign,cRLSign"},
    {NID_subject_key_identifier, "hash"},
};

// What a certificate is to say.
struct Wanted {
  std::string subject;  // common name; empty: no subject
  std::string issuer;
  TestKey key;     // certified
  TestKey signer;  // of the certificate
  std::vector<Extension> extensions;
  long from = -3600;  // seconds from now
  long to = 3600;
  long serial = 0x2a;
  const EVP_MD *hash = EVP_sha256();
};

inline void SetName(X509_NAME *name, const std::string &text) {
  if (text.empty()) return;
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char *>(text.c_str()), -1, -1, 0);
}

inline X509Handle Unsigned(const Wanted &wanted) {
  X509Handle x509(X509_new());
  X509_set_version(x509.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), wanted.serial);
  SetName(X509_get_subject_name(x509.get()), wanted.subject);
  SetName(X509_get_issuer_name(x509.get()), wanted.issuer);
  X509_gmtime_adj(X509_getm_notBefore(x509.get()), wanted.from);
  X509_gmtime_adj(X509_getm_notAfter(x509.get()), wanted.to);
  X509_set_pubkey(x509.get(), wanted.key.get());
  for (const Extension &extension : wanted.extensions) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, x509.get(), x509.get(), nullptr, nullptr, 0);
    const CHandle<X509_EXTENSION, X509_EXTENSION_free> made(
        X509V3_EXT_conf_nid(nullptr, &context, extension.nid, extension.value));
    Expect(made != nullptr, std::string("extension ") + extension.value);
    X509_add_ext(x509.get(), made.get(), -1);
  }
  return x509;
}

inline Bytes Der(X509 *x509) {
  unsigned char *der = nullptr;
  const int size = i2d_X509(x509, &der);
  Expect(size > 0, "DER of the test's certificate");
  Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return bytes;
}

inline Bytes Signed(X509Handle x509, const Wanted &wanted) {
  Expect(X509_sign(x509.get(), wanted.signer.get(), wanted.hash) > 0, "signing");
  return Der(x509.get());
}
inline Bytes Made(const Wanted &wanted) { return Signed(Unsigned(wanted), wanted); }

// With the key labelled as RSAES-OAEP's, as the EK certificates of some TPMs have it.
inline Bytes MadeForOaep(const Wanted &wanted) {
  X509Handle x509 = Unsigned(wanted);
  unsigned char *bits = nullptr;
  const int size = i2d_PublicKey(wanted.key.get(), &bits);
  X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(x509.get()), OBJ_nid2obj(NID_rsaesOaep), V_ASN1_NULL,
                         nullptr, bits, size);
  return Signed(std::move(x509), wanted);
}

inline std::string Pem(const Bytes &der) {
  const unsigned char *at = der.data();
  const X509Handle x509(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  const CHandle<BIO, BIO_free> out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), x509.get());
  char *text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

inline Certificate Parsed(const Bytes &der) { return Certificate::Parse(der).value(); }

}  // namespace tpm2_sealed::test
