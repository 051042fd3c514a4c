// SPDX-License-Identifier: LGPL-2.1-or-later
// CertificateAuthorities: the CAs that an admin trusts, and whether they vouch for a certificate.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/certificate.h"

struct X509_crl_st;

namespace tpm2_sealed {

struct Vouched {
  std::string problem;             // the end of "the certificate ..."; empty if they vouch for it
  bool unknown_ca = false;         // the problem is a CA that is not trusted
  std::vector<Certificate> chain;  // from the certificate to the root; empty with a problem
};

class CertificateAuthorities {
 public:
  // Adds the certificates and revocation lists in a file, which is PEM or DER. Returns whether the
  // file had any. A certificate becomes a root, and so a trust anchor, only if it is self-signed;
  // every other one is an intermediate, which counts only if a root vouches for it.
  bool Add(ByteView file);
  bool HasRoot() const noexcept { return !roots_.empty(); }

  // Checks whether a chain from `certificate` through the intermediates here and in `more` ends at
  // a root here, with every signature and constraint in order. Dates are not checked: see
  // Certificate::ValidityNow. An issuer's revocation list counts, however old; if the issuer has
  // only partial lists, the certificate is refused. Nothing is fetched.
  Vouched Verify(const Certificate &certificate, const std::vector<Certificate> &more) const;

 private:
  bool AddDer(ByteView der);
  bool AddPem(ByteView text);
  void AddCertificate(Certificate certificate);

  std::vector<Certificate> roots_;
  std::vector<Certificate> intermediates_;
  std::vector<std::shared_ptr<X509_crl_st>> crls_;
};

}  // namespace tpm2_sealed
