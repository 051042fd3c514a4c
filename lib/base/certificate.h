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

// What a token stores of a certificate.
struct CertificateId {
  std::string issuer;  // RFC 2253, printable ASCII, at most kMaxIssuer bytes
  std::string serial;  // hex
  bool operator==(const CertificateId &) const = default;
};
inline constexpr std::size_t kMaxIssuer = 256;
inline constexpr std::size_t kMaxSerial = 64;  // digits; RFC 5280 allows 40

// A public key as the numbers that X.509 and the TPM have in common, big-endian, without leading
// zeros.
struct PublicNumbers {
  std::string curve;  // "P-256", "P-384", or another name of OpenSSL's; empty for RSA
  Bytes first;        // RSA: the modulus; ECC: x
  Bytes second;       // RSA: the exponent; ECC: y
  bool operator==(const PublicNumbers &) const = default;
};
Bytes WithoutLeadingZeros(ByteView number);

enum class Validity {
  kNow,
  kNotYet,
  kOver,
  kNoEnd,  // its time has begun, and the date of its end cannot be read
};

class Certificate {
 public:
  // Returns the certificate that `der` begins with, or nullopt if there is none. Bytes after it are
  // ignored: an NV index is often larger than the certificate that it holds.
  static std::optional<Certificate> Parse(ByteView der);

  std::size_t size() const noexcept { return size_; }  // of its DER, in bytes
  CertificateId Id() const;
  std::string Subject() const;  // in the form of CertificateId::issuer
  Validity ValidityNow() const;
  // Returns nullopt for a key that is neither RSA nor ECC on a named curve. Accepts RSA keys that
  // are labelled for OAEP only (id-RSAES-OAEP, RFC 4055), which some EK certificates have.
  std::optional<PublicNumbers> Key() const;
  // Returns what shows that this is not the certificate of an EK, as the end of "the certificate
  // ..."; empty if nothing does. TCG EK Credential Profile 2.4, section 3.2: the subject is not a
  // CA; a key usage, if there is one, allows encryption or key agreement; an extended key usage, if
  // there is one, has 2.23.133.8.1.
  std::string EkMisuse() const;

 private:
  friend class CertificateAuthorities;
  explicit Certificate(std::shared_ptr<x509_st> x509, std::size_t size)
      : x509_(std::move(x509)), size_(size) {}

  // Returns this certificate or, if OpenSSL does not decode its key but Key() does, a copy with the
  // key in plain form, whose signature is no longer right. Returns nullptr if Key() cannot decode
  // it.
  std::shared_ptr<x509_st> WithPlainKey() const;

  std::shared_ptr<x509_st> x509_;
  std::size_t size_;
};

}  // namespace tpm2_sealed
