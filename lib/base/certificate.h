// SPDX-License-Identifier: LGPL-2.1-or-later
// Certificate: one X.509 certificate, as far as the EK certificates of TPMs need it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "lib/base/bytes.h"

struct x509_st;

namespace tpm2_sealed {

// What a token remembers of a certificate.
struct CertificateId {
  std::string issuer;  // RFC 2253, printable ASCII, at most kMaxIssuer bytes
  std::string serial;  // hex
  bool operator==(const CertificateId &) const = default;
};
inline constexpr std::size_t kMaxIssuer = 256;
inline constexpr std::size_t kMaxSerial = 64;  // digits; RFC 5280 allows 40

// A public key in the numbers that X.509 and the TPM have in common, without leading zeros.
struct PublicNumbers {
  std::string curve;  // "P-256", "P-384"; empty: RSA
  Bytes first;        // RSA: the modulus; ECC: x
  Bytes second;       // RSA: the exponent; ECC: y
  bool operator==(const PublicNumbers &) const = default;
};
Bytes WithoutLeadingZeros(ByteView number);

enum class Validity {
  kNow,
  kNotYet,
  kOver,
  kNoEnd,  // it began, and no date can be read that it ends at
};

class Certificate {
 public:
  // The certificate that `der` begins with; what follows it is not looked at: the NV indices that
  // hold certificates are often larger than these. Nothing if it is none.
  static std::optional<Certificate> Parse(ByteView der);

  std::size_t size() const noexcept { return size_; }  // of its DER
  CertificateId Id() const;
  std::string Subject() const;  // as CertificateId::issuer
  Validity ValidityNow() const;
  // Nothing for a key that is neither RSA nor ECC on a named curve. Takes RSA keys that are
  // labelled for OAEP alone (id-RSAES-OAEP, RFC 4055), as some EK certificates have them.
  std::optional<PublicNumbers> Key() const;
  // What shows that this is no certificate of an EK, as the end of "the certificate ..."; empty if
  // nothing does. TCG EK Credential Profile 2.4, section 3.2: no CA; if there is a key usage, then
  // for encryption or key agreement; if there is an extended key usage, then 2.23.133.8.1.
  std::string EkMisuse() const;

 private:
  friend class CertificateAuthorities;
  explicit Certificate(std::shared_ptr<x509_st> x509, std::size_t size)
      : x509_(std::move(x509)), size_(size) {}

  // Itself; if OpenSSL does not decode its key and Key() does, a copy with that key in plain form,
  // under which the signature is no longer right. nullptr if nobody decodes it.
  std::shared_ptr<x509_st> WithPlainKey() const;

  std::shared_ptr<x509_st> x509_;
  std::size_t size_;
};

}  // namespace tpm2_sealed
