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
  std::string problem;             // empty: they do; otherwise the end of "the certificate ..."
  bool unknown_ca = false;         // the problem is a CA that is not among them
  std::vector<Certificate> chain;  // from the certificate to the root, if they do
};

class CertificateAuthorities {
 public:
  // Takes what is in the text or DER of a file: certificates and revocation lists. Whether it was
  // anything. A certificate becomes a root, and so a trust anchor, only if it signed itself; every
  // other one is an intermediate, which counts as far as a root vouches for it.
  bool Add(ByteView file);
  bool HasRoot() const noexcept { return !roots_.empty(); }

  // Whether a chain from `certificate` through the intermediates here and in `more` ends at a root
  // here, with every signature and constraint in order. Not about dates: see
  // Certificate::ValidityNow. Revocation lists count where there is one, however old; where an
  // issuer has only lists that are partial, they cannot vouch. Nothing is fetched.
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
