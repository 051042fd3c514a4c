// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzz target: an EK certificate as a TPM's non-volatile memory has it, and the files of --ek-ca.
// Bytes that nobody signed are vouched for by nobody.
#include "lib/base/certificate.h"

#include <algorithm>

#include "lib/base/certificate_authorities.h"
#include "lib/base/encoding.h"
#include "tests/fuzz/property.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::fuzz;

bool IsPrintable(const std::string &text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

void CheckCertificate(ByteView der) {
  const auto certificate = Certificate::Parse(der);
  if (!certificate) return;
  Hold(certificate->size() > 0 && certificate->size() <= der.size(), "a certificate's size");
  const CertificateId id = certificate->Id();
  Hold(id.issuer.size() <= kMaxIssuer && IsPrintable(id.issuer), "the issuer");
  Hold(!id.serial.empty() && id.serial.size() <= kMaxSerial && HexDecode(id.serial), "the serial");
  Hold(IsPrintable(certificate->Subject()), "the subject");
  (void)certificate->ValidityNow();
  (void)certificate->EkMisuse();
  if (const auto key = certificate->Key()) {
    Hold(key->first.empty() || key->first.front() != 0, "no leading zeros");
  }
  // Its own length is what the next one begins after: the same bytes, the same certificate.
  const auto again = Certificate::Parse(der.first(certificate->size()));
  Hold(again && again->Id() == id, "what follows does not count");
  const Vouched vouched = CertificateAuthorities().Verify(*certificate, {});
  Hold(!vouched.problem.empty() && vouched.chain.empty(), "no CA vouches for nothing");
}

// The input both as the CAs' file and as the certificate.
void CheckAuthorities(ByteView file) {
  CertificateAuthorities authorities;
  if (!authorities.Add(file)) Hold(!authorities.HasRoot(), "nothing gives no root");
  const auto certificate = Certificate::Parse(file);
  if (!certificate) return;
  const Vouched vouched = authorities.Verify(*certificate, {*certificate});
  if (!authorities.HasRoot()) Hold(!vouched.problem.empty(), "without a root nobody vouches");
  Hold(vouched.problem.empty() != vouched.chain.empty(), "a chain or a problem");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  ByteView input(data, size);
  const std::uint8_t what = TakeByte(input);
  const Bytes exact(input.begin(), input.end());
  if (what % 2 == 0) CheckCertificate(exact);
  if (what % 2 == 1) CheckAuthorities(exact);
  return 0;
}
