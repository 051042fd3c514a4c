// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows what is read from a certificate, that bytes that are none are refused, and which of them
// are no certificate of an EK. Who vouches for one: certificate_authorities_test.
#include "lib/base/certificate.h"

#include "tests/unit/sample_certificate.h"
#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

Wanted EkOf(TestKey key, std::vector<Extension> extensions = {}) {
  return {.subject = "",
          .issuer = "Vendor",
          .key = std::move(key),
          .signer = EcKey(),
          .extensions = std::move(extensions)};
}

void IssuerAndSerialAreSafeToPrint() {
  Wanted wanted = EkOf(EcKey());
  wanted.issuer = "V\xc3\xa4ndor\n\x1b[2J";
  const Certificate certificate = Parsed(Made(wanted));
  Expect(certificate.Id().serial == "2a", certificate.Id().serial);
  // Nothing that a terminal would act on, and nothing beyond ASCII.
  Expect(certificate.Id().issuer == "CN=V\\C3\\A4ndor\\0A\\1B[2J", certificate.Id().issuer);
  Expect(certificate.Subject().empty(), "no subject");
  wanted.issuer = std::string(60, 'x');
  X509Handle x509 = Unsigned(wanted);
  for (int i = 0; i < 9; ++i) SetName(X509_get_issuer_name(x509.get()), wanted.issuer);
  const std::string issuer = Parsed(Signed(std::move(x509), wanted)).Id().issuer;
  Expect(issuer.size() == kMaxIssuer && issuer.ends_with("..."), issuer);
}

void SerialsOfAnySizeAreRead() {
  const Wanted wanted = EkOf(EcKey());
  for (const auto &[bytes, text] :
       std::vector<std::pair<Bytes, std::string>>{{Bytes(1, 0), "00"},
                                                  {Bytes(20, 0xab), HexEncode(Bytes(20, 0xab))},
                                                  {Bytes(90, 0xab), HexEncode(Bytes(32, 0xab))}}) {
    X509Handle x509 = Unsigned(wanted);
    ASN1_STRING_set(X509_get_serialNumber(x509.get()), bytes.data(),
                    static_cast<int>(bytes.size()));
    const std::string serial = Parsed(Signed(std::move(x509), wanted)).Id().serial;
    Expect(serial == text, serial);
  }
}

void PaddingIsNotPartOfTheCertificate() {
  const Bytes der = Made(EkOf(EcKey()));
  Bytes padded = der;
  padded.resize(der.size() + 500, 0xff);
  const auto certificate = Certificate::Parse(padded);
  Expect(certificate && certificate->size() == der.size(), "padding");
}

void WhatIsNoCertificateIsRefused() {
  Expect(!Certificate::Parse({}), "nothing");
  const Bytes der = Made(EkOf(RsaKey()));
  for (std::size_t size = 0; size < der.size(); ++size) {
    // A copy without room behind it: a sanitizer sees a read past the end.
    const Bytes exact(der.begin(), der.begin() + static_cast<std::ptrdiff_t>(size));
    Expect(!Certificate::Parse(exact), "cut at " + std::to_string(size));
  }
  Expect(!Certificate::Parse(View(Pem(der))), "PEM");
  Expect(!Certificate::Parse(Bytes(2048, 0x30)), "0x30 everywhere");
  const Bytes huge = {0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 0x30, 0x82};
  Expect(!Certificate::Parse(huge), "a length of 2 GiB");
}

// Every byte, changed: no crash, and whatever still parses can be asked everything.
void DamagedCertificatesDoNoHarm() {
  const Bytes der = Made(EkOf(EcKey(), {{NID_basic_constraints, "CA:FALSE"},
                                        {NID_key_usage, "keyAgreement"},
                                        {NID_ext_key_usage, "2.23.133.8.1"}}));
  for (std::size_t at = 0; at < der.size(); ++at) {
    for (const unsigned change : {0x01u, 0x20u, 0x80u, 0xffu}) {
      Bytes damaged = der;
      damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ change);
      const auto certificate = Certificate::Parse(damaged);
      if (!certificate) continue;
      (void)certificate->Key();
      (void)certificate->EkMisuse();
      (void)certificate->ValidityNow();
      Expect(certificate->Id().issuer.size() <= kMaxIssuer, "issuer");
      Expect(certificate->Id().serial.size() <= kMaxSerial, "serial");
    }
  }
}

void TheKeyIsRead() {
  const auto p256 = Parsed(Made(EkOf(EcKey()))).Key();
  Expect(p256 && p256->curve == "P-256" && p256->first.size() <= 32, "P-256");
  const auto p384 = Parsed(Made(EkOf(EcKey("P-384")))).Key();
  Expect(p384 && p384->curve == "P-384" && p384->first.size() <= 48, "P-384");
  const TestKey rsa = RsaKey();
  const auto plain = Parsed(Made(EkOf(rsa))).Key();
  Expect(plain && plain->curve.empty() && plain->first.size() == 256, "RSA");
  Expect(plain->second == Bytes({1, 0, 1}), "exponent");
  Expect(Parsed(MadeForOaep(EkOf(rsa))).Key() == plain, "the same key, labelled for OAEP");
  Expect(Parsed(Made(EkOf(RsaKey()))).Key() != plain, "another key");
  const TestKey ed(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free);
  Expect(!Parsed(Made(EkOf(ed))).Key(), "Ed25519");
}

void TheDatesAreChecked() {
  constexpr long kDay = 86400;
  const auto valid = [](long from, long to) {
    Wanted wanted = EkOf(EcKey());
    wanted.from = from;
    wanted.to = to;
    return Parsed(Made(wanted)).ValidityNow();
  };
  Expect(valid(-kDay, kDay) == Validity::kNow, "now");
  Expect(valid(kDay, 2 * kDay) == Validity::kNotYet, "not yet");
  Expect(valid(-2 * kDay, -kDay) == Validity::kOver, "over");
  const Wanted wanted = EkOf(EcKey());
  for (const auto &[text, expected] :
       std::vector<std::pair<const char *, Validity>>{{"99991231235959Z", Validity::kNow},
                                                      {"20991231", Validity::kNoEnd},
                                                      {"never", Validity::kNoEnd},
                                                      {"", Validity::kNoEnd}}) {
    X509Handle x509 = Unsigned(wanted);
    ASN1_TIME *end = X509_getm_notAfter(x509.get());
    end->type = V_ASN1_GENERALIZEDTIME;
    ASN1_STRING_set(end, text, -1);
    Expect(Parsed(Signed(std::move(x509), wanted)).ValidityNow() == expected, text);
  }
  // A start that cannot be read is none.
  X509Handle x509 = Unsigned(wanted);
  ASN1_STRING_set(X509_getm_notBefore(x509.get()), "x", -1);
  Expect(Parsed(Signed(std::move(x509), wanted)).ValidityNow() == Validity::kNotYet, "no start");
}

void TheKeyUsageIsChecked() {
  const auto misuse = [](std::vector<Extension> extensions) {
    return Parsed(Made(EkOf(EcKey(), std::move(extensions)))).EkMisuse();
  };
  const auto fits = [&](std::vector<Extension> extensions) {
    const std::string problem = misuse(std::move(extensions));
    Expect(problem.empty(), problem);
  };
  fits({});
  fits({{NID_basic_constraints, "critical,CA:FALSE"}, {NID_key_usage, "critical,keyAgreement"}});
  fits({{NID_key_usage, "keyEncipherment"}, {NID_ext_key_usage, "2.23.133.8.1"}});
  fits({{NID_ext_key_usage, "clientAuth,2.23.133.8.1"}});
  Expect(misuse({{NID_basic_constraints, "CA:TRUE"}}) == "is that of a CA", "CA");
  for (const char *usage : {"digitalSignature", "keyCertSign", "nonRepudiation,cRLSign"}) {
    Expect(misuse({{NID_key_usage, usage}}).find("(key usage)") != std::string::npos, usage);
  }
  // 2.23.133.8.3 is an attestation key's.
  for (const char *usage : {"2.23.133.8.3", "serverAuth", "2.23.133.8.1.1", "2.23.133.8"}) {
    Expect(misuse({{NID_ext_key_usage, usage}}).find("extended") != std::string::npos, usage);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(IssuerAndSerialAreSafeToPrint),
      UNIT_TEST(SerialsOfAnySizeAreRead),
      UNIT_TEST(PaddingIsNotPartOfTheCertificate),
      UNIT_TEST(WhatIsNoCertificateIsRefused),
      UNIT_TEST(DamagedCertificatesDoNoHarm),
      UNIT_TEST(TheKeyIsRead),
      UNIT_TEST(TheDatesAreChecked),
      UNIT_TEST(TheKeyUsageIsChecked),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
