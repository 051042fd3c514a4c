// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/base/certificate_authorities.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <algorithm>
#include <new>
#include <string_view>

#include "lib/base/c_handle.h"

namespace tpm2_sealed {
namespace {

// 112 bits of security, so SHA-1 signatures and RSA keys below 2048 bits are refused
// (SSL_CTX_set_security_level(3)).
constexpr int kSecurityLevel = 2;
// Vendors use up to three intermediates between the root and the EK certificate.
constexpr int kMaxIntermediates = 8;

struct StackFree {
  // The stack does not own its certificates.
  void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_free(stack); }
};
using Stack = std::unique_ptr<STACK_OF(X509), StackFree>;

void FreeLists(STACK_OF(X509_CRL) * lists) { sk_X509_CRL_pop_free(lists, X509_CRL_free); }

// If the certificate is verified as a copy with another key (Certificate::WithPlainKey), the
// signature of the original counts.
bool OriginalIsSigned(X509_STORE_CTX *context) {
  auto *original = static_cast<X509 *>(X509_STORE_CTX_get_app_data(context));
  X509 *issuer = sk_X509_value(X509_STORE_CTX_get0_chain(context), 1);
  return original != nullptr && issuer != nullptr &&
         X509_verify(original, X509_get0_pubkey(issuer)) == 1;
}

// OpenSSL ignores revocation lists that do not cover every certificate and reason (RFC 5280,
// section 5.2.5), and then reports that there is none. An admin who put such a list there wants it
// to count. The key tells the issuer from another CA with the same name.
bool HasListOfIssuer(X509_STORE_CTX *context) {
  const X509 *current = X509_STORE_CTX_get_current_cert(context);
  const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);
  if (current == nullptr || sk_X509_num(chain) < 1) return false;
  const int above = X509_STORE_CTX_get_error_depth(context) + 1;
  const X509 *issuer = sk_X509_value(chain, std::min(above, sk_X509_num(chain) - 1));
  const CHandle<STACK_OF(X509_CRL), FreeLists> lists(
      X509_STORE_CTX_get1_crls(context, X509_get_issuer_name(current)));
  for (int i = 0; lists && i < sk_X509_CRL_num(lists.get()); ++i) {
    if (X509_CRL_verify(sk_X509_CRL_value(lists.get(), i), X509_get0_pubkey(issuer)) == 1) {
      return true;
    }
  }
  return false;
}

// OpenSSL calls this at every problem (X509_STORE_CTX_set_verify_cb(3)); 1 means "go on".
int OnProblem(int ok, X509_STORE_CTX *context) {
  if (ok == 1) return 1;
  switch (X509_STORE_CTX_get_error(context)) {
    case X509_V_ERR_UNABLE_TO_GET_CRL:
      // Most CAs have no revocation list in the directory.
      return HasListOfIssuer(context) ? 0 : 1;
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return X509_STORE_CTX_get_error_depth(context) == 0 && OriginalIsSigned(context) ? 1 : 0;
    default:
      return 0;
  }
}

void Describe(X509_STORE_CTX *context, Vouched &vouched) {
  const int error = X509_STORE_CTX_get_error(context);
  X509 *current = X509_STORE_CTX_get_current_cert(context);
  std::string issuer = "?", subject = "?";
  if (current != nullptr) {
    // The detour through DER lets Certificate print all names.
    unsigned char *der = nullptr;
    const int size = i2d_X509(current, &der);
    if (size > 0) {
      if (const auto parsed = Certificate::Parse({der, static_cast<std::size_t>(size)})) {
        issuer = parsed->Id().issuer;
        subject = parsed->Subject();
      }
      OPENSSL_free(der);
    }
  }
  const bool leaf = X509_STORE_CTX_get_error_depth(context) == 0;
  const std::string of_ca = leaf ? "" : ", at its CA '" + subject + "'";
  switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      vouched.unknown_ca = true;
      vouched.problem = "leads to '" + issuer + "', which is not among the trusted CAs";
      break;
    case X509_V_ERR_CERT_REVOKED:
      vouched.problem = "was revoked" + of_ca;
      break;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
      vouched.problem = "may have been revoked" + of_ca + ": no revocation list of '" + issuer +
                        "' in the directory of --ek-ca is about all its certificates and reasons";
      break;
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      vouched.problem = "has a wrong signature" + of_ca;
      break;
    case X509_V_ERR_INVALID_CA:
      vouched.problem = "is signed with '" + subject + "', which is no CA";
      break;
    default:
      vouched.problem =
          std::string("was not accepted (") + X509_verify_cert_error_string(error) + ")" + of_ca;
  }
}

}  // namespace

void CertificateAuthorities::AddCertificate(Certificate certificate) {
  const bool root = X509_self_signed(certificate.x509_.get(), 1) == 1;
  (root ? roots_ : intermediates_).push_back(std::move(certificate));
}

bool CertificateAuthorities::AddDer(ByteView der) {
  if (auto certificate = Certificate::Parse(der)) {
    AddCertificate(std::move(*certificate));
    return true;
  }
  const unsigned char *at = der.data();
  std::shared_ptr<X509_CRL> crl(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())),
                                X509_CRL_free);
  if (!crl) return false;
  crls_.push_back(std::move(crl));
  return true;
}

bool CertificateAuthorities::AddPem(ByteView text) {
  const CHandle<BIO, BIO_free> in(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  bool any = false;
  for (;;) {
    char *name = nullptr, *header = nullptr;
    unsigned char *data = nullptr;
    long size = 0;
    if (!in || PEM_read_bio(in.get(), &name, &header, &data, &size) != 1) break;
    const std::string_view kind = name;
    if (kind == PEM_STRING_X509 || kind == PEM_STRING_X509_OLD || kind == PEM_STRING_X509_CRL) {
      any |= AddDer({data, static_cast<std::size_t>(size)});
    }
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<std::size_t>(size));
  }
  return any;
}

bool CertificateAuthorities::Add(ByteView file) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  const bool pem =
      std::search(file.begin(), file.end(), kBegin.begin(), kBegin.end()) != file.end();
  const bool any = pem ? AddPem(file) : AddDer(file);
  // This process shares OpenSSL's queue of errors with libcryptsetup.
  ERR_clear_error();
  return any;
}

Vouched CertificateAuthorities::Verify(const Certificate &certificate,
                                       const std::vector<Certificate> &more) const {
  const CHandle<X509_STORE, X509_STORE_free> store(X509_STORE_new());
  const CHandle<X509_STORE_CTX, X509_STORE_CTX_free> context(X509_STORE_CTX_new());
  const Stack untrusted(sk_X509_new_null());
  if (!store || !context || !untrusted) throw std::bad_alloc();
  for (const Certificate &root : roots_) {
    if (X509_STORE_add_cert(store.get(), root.x509_.get()) != 1) throw std::bad_alloc();
  }
  for (const auto &crl : crls_) {
    if (X509_STORE_add_crl(store.get(), crl.get()) != 1) throw std::bad_alloc();
  }
  for (const auto *list : {&intermediates_, &more}) {
    for (const Certificate &intermediate : *list) {
      if (sk_X509_push(untrusted.get(), intermediate.x509_.get()) == 0) throw std::bad_alloc();
    }
  }
  Vouched vouched;
  // OpenSSL fails at a key that it does not decode, such as an RSA key labelled for OAEP.
  const std::shared_ptr<X509> leaf = certificate.WithPlainKey();
  if (!leaf) {
    vouched.problem = "holds a key of an unknown kind";
    return vouched;
  }
  if (X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), untrusted.get()) != 1) {
    throw std::bad_alloc();
  }
  if (leaf != certificate.x509_)
    X509_STORE_CTX_set_app_data(context.get(), certificate.x509_.get());
  X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(context.get());
  // X509_V_FLAG_PARTIAL_CHAIN stays unset: an intermediate in the directory is not a trust anchor.
  unsigned long flags = X509_V_FLAG_NO_CHECK_TIME;
  if (!crls_.empty()) flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
  (void)X509_VERIFY_PARAM_set_flags(rules, flags);
  X509_VERIFY_PARAM_set_auth_level(rules, kSecurityLevel);
  X509_VERIFY_PARAM_set_depth(rules, kMaxIntermediates);
  X509_STORE_CTX_set_verify_cb(context.get(), OnProblem);

  if (X509_verify_cert(context.get()) != 1) {
    Describe(context.get(), vouched);
    ERR_clear_error();
    return vouched;
  }
  const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context.get());
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509 *link = sk_X509_value(chain, i);
    X509_up_ref(link);
    vouched.chain.push_back(Certificate(std::shared_ptr<X509>(link, X509_free), 0));
  }
  ERR_clear_error();
  return vouched;
}

}  // namespace tpm2_sealed
