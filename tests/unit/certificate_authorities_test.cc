// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows who vouches for a certificate: a root that was handed in, through any intermediates, and
// nobody else.
#include "lib/base/certificate_authorities.h"

#include "tests/unit/sample_certificate.h"
#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

struct Ca {
  std::string name;
  TestKey key;
  Bytes der;
};

Ca Root(const std::string &name, std::vector<Extension> extensions = kCaExtensions) {
  Ca ca{.name = name, .key = EcKey(), .der = {}};
  ca.der = Made({.subject = name,
                 .issuer = name,
                 .key = ca.key,
                 .signer = ca.key,
                 .extensions = std::move(extensions)});
  return ca;
}

Wanted Below(const Ca &ca, const std::string &subject, TestKey key,
             std::vector<Extension> extensions = {}) {
  return {.subject = subject,
          .issuer = ca.name,
          .key = std::move(key),
          .signer = ca.key,
          .extensions = std::move(extensions)};
}

Ca Intermediate(const Ca &ca, const std::string &name,
                std::vector<Extension> extensions = kCaExtensions) {
  Ca below{.name = name, .key = EcKey(), .der = {}};
  below.der = Made(Below(ca, name, below.key, std::move(extensions)));
  return below;
}

CertificateAuthorities With(const std::vector<Bytes> &files) {
  CertificateAuthorities authorities;
  for (const Bytes &file : files) Expect(authorities.Add(file), "a certificate of the test");
  return authorities;
}

void ExpectVouched(const CertificateAuthorities &authorities, const Bytes &der, std::size_t length,
                   const std::vector<Certificate> &more = {}, Where where = Where::Here()) {
  const Vouched vouched = authorities.Verify(Parsed(der), more);
  if (!vouched.problem.empty()) FailAt(where, vouched.problem);
  if (vouched.chain.size() != length) FailAt(where, std::to_string(vouched.chain.size()));
}

void ExpectProblem(const CertificateAuthorities &authorities, const Bytes &der,
                   std::string_view part, const std::vector<Certificate> &more = {},
                   Where where = Where::Here()) {
  const Vouched vouched = authorities.Verify(Parsed(der), more);
  if (vouched.problem.find(part) == std::string::npos) {
    FailAt(where, "'" + std::string(part) + "' is not in '" + vouched.problem + "'");
  }
  if (!vouched.chain.empty()) FailAt(where, "a chain");
  Expect(vouched.unknown_ca == vouched.problem.starts_with("leads to"), "unknown CA", where);
}

void AChainLeadsToARootInTheDirectory() {
  const Ca root = Root("Root");
  const Ca middle = Intermediate(root, "Middle");
  const Bytes direct = Made(Below(root, "", EcKey()));
  const Bytes ek = Made(Below(middle, "", EcKey()));
  ExpectVouched(With({root.der}), direct, 2);
  ExpectVouched(With({root.der, middle.der}), ek, 3);
  ExpectVouched(With({root.der}), ek, 3, {Parsed(middle.der)});
  ExpectVouched(With({root.der, root.der, middle.der, middle.der}), ek, 3, {Parsed(middle.der)});
  ExpectProblem(With({root.der}), ek, "leads to 'CN=Middle', which is not among");
}

void OnlyASelfSignedCertificateIsAnAnchor() {
  const Ca root = Root("Root");
  const Ca middle = Intermediate(root, "Middle");
  const Bytes ek = Made(Below(middle, "", EcKey()));
  Expect(!With({middle.der}).HasRoot(), "an intermediate is no root");
  ExpectProblem(With({middle.der}), ek, "leads to 'CN=Root'");
  ExpectProblem(With({middle.der, Root("Other").der}), ek, "leads to 'CN=Root'");
  // What comes along with the certificate only connects.
  ExpectProblem(With({Root("Other").der}), ek, "leads to 'CN=Root'",
                {Parsed(middle.der), Parsed(root.der)});
  // Named like a root, but signed by somebody else.
  const Ca false_root{.name = "Root", .key = EcKey(), .der = {}};
  const Bytes der = Made({.subject = "Root",
                          .issuer = "Root",
                          .key = root.key,
                          .signer = false_root.key,
                          .extensions = kCaExtensions});
  Expect(!With({der}).HasRoot(), "a wrong signature");
}

void AnotherCaOfTheSameNameIsRefused() {
  const Ca root = Root("Root");
  const Ca twin = Root("Root");
  const Bytes ek = Made(Below(twin, "", EcKey()));
  ExpectProblem(With({root.der}), ek, "signature");
  ExpectProblem(With({root.der}), ek, "", {Parsed(twin.der)});
  // Among both, the right one is found.
  ExpectVouched(With({root.der, twin.der}), Made(Below(root, "", EcKey())), 2);
}

void ASignerThatIsNoCaIsRefused() {
  const Ca root = Root("Root");
  const std::vector<std::vector<Extension>> bad = {
      {},
      {{NID_basic_constraints, "critical,CA:FALSE"}},
      {{NID_key_usage, "critical,keyCertSign"}},
      {{NID_basic_constraints, "critical,CA:TRUE"}, {NID_key_usage, "digitalSignature"}},
  };
  for (const auto &extensions : bad) {
    const Ca no_ca = Intermediate(root, "NoCa", extensions);
    ExpectProblem(With({root.der, no_ca.der}), Made(Below(no_ca, "", EcKey())), "");
  }
  const Ca only_ekcerts =
      Intermediate(root, "Short", {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"}});
  const Ca below = Intermediate(only_ekcerts, "Below");
  ExpectVouched(With({root.der, only_ekcerts.der}), Made(Below(only_ekcerts, "", EcKey())), 3);
  ExpectProblem(With({root.der, only_ekcerts.der, below.der}), Made(Below(below, "", EcKey())),
                "path length");
}

void WeakSignaturesAreRefused() {
  const Ca root = Root("Root");
  Wanted wanted = Below(root, "", EcKey());
  wanted.hash = EVP_sha1();
  ExpectProblem(With({root.der}), Made(wanted), "too weak");
  Ca small{.name = "Small", .key = RsaKey(1024), .der = {}};
  small.der = Made(Below(root, "Small", small.key, kCaExtensions));
  ExpectProblem(With({root.der, small.der}), Made(Below(small, "", EcKey())), "too");
}

void UnknownCriticalExtensionsAreRefused() {
  const Ca root = Root("Root");
  X509Handle x509 = Unsigned(Below(root, "", EcKey()));
  const CHandle<ASN1_OBJECT, ASN1_OBJECT_free> oid(OBJ_txt2obj("1.2.3.4", 1));
  const CHandle<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> value(ASN1_OCTET_STRING_new());
  ASN1_OCTET_STRING_set(value.get(), reinterpret_cast<const unsigned char *>("\5"), 2);
  for (const int critical : {0, 1}) {
    const CHandle<X509_EXTENSION, X509_EXTENSION_free> extension(
        X509_EXTENSION_create_by_OBJ(nullptr, oid.get(), critical, value.get()));
    X509_add_ext(x509.get(), extension.get(), -1);
    X509_sign(x509.get(), root.key.get(), EVP_sha256());
    if (critical == 0) ExpectVouched(With({root.der}), Der(x509.get()), 2);
    if (critical == 1) ExpectProblem(With({root.der}), Der(x509.get()), "critical extension");
  }
}

// What the TCG's profile makes of an EK certificate: a critical alternative name, no subject; and
// a key that OpenSSL itself does not decode.
void CertificatesOfTheTcgsProfileAreAccepted() {
  const Ca root = Root("Root");
  ExpectVouched(With({root.der}),
                Made(Below(root, "", EcKey(), {{NID_subject_alt_name, "critical,URI:urn:tpm"}})),
                2);
  ExpectVouched(With({root.der}), MadeForOaep(Below(root, "", RsaKey())), 2);
  // The signature is that of the certificate as it came.
  const Ca twin = Root("Root");
  ExpectProblem(With({root.der}), MadeForOaep(Below(twin, "", RsaKey())), "wrong signature");
  Bytes damaged = MadeForOaep(Below(root, "", RsaKey()));
  damaged[damaged.size() - 1] ^= 1;
  ExpectProblem(With({root.der}), damaged, "wrong signature");
  Wanted expired = Below(root, "", EcKey());
  expired.from = -7200;
  expired.to = -3600;
  ExpectVouched(With({root.der}), Made(expired), 2);
}

Bytes Crl(const Ca &ca, const Bytes &revoked, long age, const TestKey &signer) {
  const CHandle<X509_CRL, X509_CRL_free> crl(X509_CRL_new());
  X509_CRL_set_version(crl.get(), 1);
  SetName(X509_CRL_get_issuer(crl.get()), ca.name);
  const CHandle<ASN1_TIME, ASN1_TIME_free> then(X509_gmtime_adj(nullptr, -age));
  const CHandle<ASN1_TIME, ASN1_TIME_free> next(X509_gmtime_adj(nullptr, 3600 - age));
  X509_CRL_set1_lastUpdate(crl.get(), then.get());
  X509_CRL_set1_nextUpdate(crl.get(), next.get());
  const unsigned char *at = revoked.data();
  const X509Handle x509(d2i_X509(nullptr, &at, static_cast<long>(revoked.size())));
  X509_REVOKED *entry = X509_REVOKED_new();
  X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(x509.get()));
  X509_REVOKED_set_revocationDate(entry, then.get());
  X509_CRL_add0_revoked(crl.get(), entry);
  X509_CRL_sign(crl.get(), signer.get(), EVP_sha256());
  unsigned char *der = nullptr;
  const int size = i2d_X509_CRL(crl.get(), &der);
  Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return bytes;
}

void RevokedCertificatesAreRefused() {
  const Ca root = Root("Root");
  const Ca other = Root("Other");
  Wanted wanted = Below(root, "", EcKey());
  wanted.serial = 98;
  const Bytes ek = Made(wanted);
  wanted.serial = 99;
  const Bytes good = Made(wanted);
  constexpr long kYear = 365 * 86400;
  for (const long age : {0L, kYear}) {
    const auto authorities = With({root.der, Crl(root, ek, age, root.key)});
    ExpectProblem(authorities, ek, "was revoked");
    ExpectVouched(authorities, good, 2);
  }
  ExpectVouched(With({root.der, Crl(other, ek, 0, other.key)}), ek, 2);
  // One that its CA did not sign must not decide in either way: it is an error.
  ExpectProblem(With({root.der, Crl(root, ek, 0, other.key)}), ek, "CRL");
}

void CertificatesAreReadFromFiles() {
  const Ca root = Root("Root");
  const Ca middle = Intermediate(root, "Middle");
  const std::string both = "words before\n" + Pem(middle.der) + "between\n" + Pem(root.der);
  CertificateAuthorities authorities;
  Expect(authorities.Add(View(both)) && authorities.HasRoot(), "two in a PEM file");
  ExpectVouched(authorities, Made(Below(middle, "", EcKey())), 3);
  CertificateAuthorities none;
  const std::string pem = Pem(root.der);
  for (const std::string &bad :
       {std::string(), std::string("text"), pem.substr(0, pem.size() / 2),
        std::string("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        std::string("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")}) {
    Expect(!none.Add(View(bad)), bad);
  }
  Expect(!none.Add(Bytes(root.der.begin(), root.der.end() - 1)), "cut");
  Expect(!none.HasRoot(), "nothing in it");
  ExpectProblem(none, Made(Below(root, "", EcKey())), "leads to 'CN=Root'");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(AChainLeadsToARootInTheDirectory),
      UNIT_TEST(OnlyASelfSignedCertificateIsAnAnchor),
      UNIT_TEST(AnotherCaOfTheSameNameIsRefused),
      UNIT_TEST(ASignerThatIsNoCaIsRefused),
      UNIT_TEST(WeakSignaturesAreRefused),
      UNIT_TEST(UnknownCriticalExtensionsAreRefused),
      UNIT_TEST(CertificatesOfTheTcgsProfileAreAccepted),
      UNIT_TEST(RevokedCertificatesAreRefused),
      UNIT_TEST(CertificatesAreReadFromFiles),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
