// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that only a complete TPM2B_PUBLIC is taken, down to the last byte, and that its Name is the
// TPM's, by values that were computed without this project's code.
#include "lib/tpm/link/public_area.h"

#include <tss2/tss2_tpm2_types.h>
#include <cstdlib>
#include <set>

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

// A storage key by the ECC P-256 template of the TCG TPM 2.0 Provisioning Guidance, section 7.5.1.
const std::string kEccArea = Joined(
    "005a 0023 000b 00030472 0000 "   // size, ECC, nameAlg SHA-256, attributes, no authPolicy
    "0006 0080 0043 0010 0003 0010 "  // AES-128-CFB, scheme NULL, P-256, KDF scheme NULL
    "0020 1111111111111111111111111111111111111111111111111111111111111111 "
    "0020 2222222222222222222222222222222222222222222222222222222222222222");
// nameAlg and hashlib.sha256 of the above without its first two bytes.
constexpr std::string_view kEccName =
    "000b 0b9035e0ff729f1367d9bf97e8b5507f14b157c4fc3d78917a4167178f92ce69";
// Of the template itself: with 32 zero bytes for x and for y.
constexpr std::string_view kEccTemplateName =
    "000b 9430f5e63490113d4ed813e7afe4e3012af75fd74076f3c6efdd392701fa7204";
// With 000c for nameAlg: hashlib.sha384.
constexpr std::string_view kSha384Name =
    "000c ee9bd9e11cb9464255a7d65b873c5042c99ceda762f9aa6e"
    "8ca9f2496c3a939c95565240b720c52e45103e25b51de55a";
// A sealed object: KEYEDHASH, fixedTPM | fixedParent | adminWithPolicy | noDA, authPolicy, scheme
// NULL, and the digest that binds public and private part.
const std::string kSealedArea = Joined(
    "004e 0008 000b 00000492 "
    "0020 558849a0429135265c3dd6805ac252c2eca1ee7604742129c96f58d8821c2a89 0010 "
    "0020 3333333333333333333333333333333333333333333333333333333333333333");
const std::string kRsaArea = Joined(
    "011a 0001 000b 00030472 0000 0006 0080 0043 0010 0800 00000000 0100" + std::string(512, 'c'));

// A copy without room behind it: a sanitizer sees a read past the end.
PublicArea Parse(ByteView bytes) {
  return PublicArea::Parse(Bytes(bytes.begin(), bytes.end()), "the test's area");
}

void ExpectRefused(ByteView bytes, Where where = Where::Here()) {
  ExpectError(
      Reason::kBadToken, [&] { (void)Parse(bytes); }, "the test's area is not a TPM2B_PUBLIC",
      where);
}

std::vector<Bytes> Areas() { return {FromHex(kEccArea), FromHex(kRsaArea), FromHex(kSealedArea)}; }

std::string With(std::string_view hex, std::size_t byte, std::string_view other) {
  std::string changed(hex);
  changed.replace(byte * 2, other.size(), other);
  return changed;
}

void WholeAreasAreTaken() {
  for (const Bytes &bytes : Areas()) ExpectHex(Parse(bytes).Marshalled(), HexEncode(bytes));
  const PublicArea ecc = Parse(FromHex(kEccArea));
  assert_int_equal(ecc->type, TPM2_ALG_ECC);
  assert_int_equal(ecc->nameAlg, TPM2_ALG_SHA256);
  assert_int_equal((*ecc).parameters.eccDetail.curveID, TPM2_ECC_NIST_P256);
  ExpectHex({ecc->unique.ecc.y.buffer, ecc->unique.ecc.y.size}, std::string(64, '2'));
  assert_int_equal(Parse(FromHex(kRsaArea))->parameters.rsaDetail.keyBits, 2048);
  const PublicArea sealed = Parse(FromHex(kSealedArea));
  assert_int_equal(sealed->type, TPM2_ALG_KEYEDHASH);
  assert_int_equal(sealed->authPolicy.size, 32);
}

void EveryTruncationIsRefused() {
  for (const Bytes &bytes : Areas()) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      ExpectRefused(ByteView(bytes).first(size));
    }
  }
}

// Two bytes that say "nothing follows", and it is true.
void AnEmptyAreaIsRefused() { ExpectRefused(FromHex("0000")); }

// With a size field that agrees, too.
void EveryShorterAreaIsRefused() {
  for (const Bytes &bytes : Areas()) {
    for (std::size_t size = 3; size < bytes.size(); ++size) {
      Bytes shorter(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      shorter[0] = static_cast<std::uint8_t>((size - 2) >> 8);
      shorter[1] = static_cast<std::uint8_t>((size - 2) & 0xff);
      ExpectRefused(shorter);
    }
  }
}

void TrailingBytesAreRefused() {
  for (const Bytes &bytes : Areas()) {
    for (const std::uint8_t last : Bytes{0x00, 0xff}) {
      Bytes longer = bytes;
      longer.push_back(last);
      ExpectRefused(longer);
      // The size field counts it, but nothing in the area does.
      ++longer[1];
      ExpectRefused(longer);
    }
  }
}

// The TSS reads the area and never looks at this field.
void ASizeThatLiesIsRefused() {
  for (const Bytes &bytes : Areas()) {
    for (unsigned size = 0; size < 0x10000; size += size < 0x200 ? 1 : 0x1ff) {
      Bytes lying = bytes;
      lying[0] = static_cast<std::uint8_t>(size >> 8);
      lying[1] = static_cast<std::uint8_t>(size & 0xff);
      if (lying != bytes) ExpectRefused(lying);
    }
  }
}

void InnerSizesThatLieAreRefused() {
  // authPolicy, x and y of the ECC area; authPolicy and unique of the sealed one.
  for (const std::size_t place : {10u, 24u, 58u}) {
    for (const char *size :
         {"0001", "001f", "0021", "0022", "0040", "0080", "0081", "7fff", "ffff"}) {
      ExpectRefused(FromHex(With(kEccArea, place, size)));
    }
  }
  for (const std::size_t place : {10u, 46u}) {
    for (const char *size : {"0000", "001f", "0021", "0040", "0041", "ffff"}) {
      ExpectRefused(FromHex(With(kSealedArea, place, size)));
    }
  }
}

void UnknownAlgorithmsAreRefused() {
  for (const char *type : {"0000", "0006", "0010", "ffff"}) {
    ExpectRefused(FromHex(With(kEccArea, 2, type)));
  }
  // Of another type, the same bytes mean another area, and not a whole one.
  for (const char *type : {"0001", "0008", "0025"}) ExpectRefused(FromHex(With(kEccArea, 2, type)));
  ExpectRefused(FromHex(With(kEccArea, 12, "ffff")));  // symmetric
  ExpectRefused(FromHex(With(kEccArea, 18, "ffff")));  // scheme
}

// Whatever is in it: refused as such, or taken with nothing lost. Another Reason would send the
// user looking elsewhere.
void EveryAlteredByteIsAnswered() {
  for (const Bytes &bytes : Areas()) {
    std::size_t refused = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      for (unsigned change = 1; change < 256; change += (i < 64 ? 1 : 37)) {
        Bytes altered = bytes;
        altered[i] = static_cast<std::uint8_t>(altered[i] ^ change);
        try {
          const PublicArea area = Parse(altered);
          Expect(area.Marshalled() == altered, "the same again: " + HexEncode(altered));
        } catch (const Error &error) {
          Expect(error.reason() == Reason::kBadToken,
                 HexEncode(altered) + " is a bad token, not: " + error.what());
          ++refused;
        }
      }
    }
    Expect(refused > 0, "some are refused");
  }
}

void NamesAreTheTpms() {
  ExpectHex(Parse(FromHex(kEccArea)).Name(), kEccName);
  const std::string key_template =
      With(With(kEccArea, 26, std::string(64, '0')), 60, std::string(64, '0'));
  ExpectHex(Parse(FromHex(key_template)).Name(), kEccTemplateName);
  ExpectHex(Parse(FromHex(With(kEccArea, 4, "000c"))).Name(), kSha384Name);
}

// Every byte of the area is in the Name: an altered key has another one.
void NamesCoverTheWholeArea() {
  const Bytes bytes = FromHex(kEccArea);
  std::set<Bytes> names = {Parse(bytes).Name()};
  std::size_t count = 1;
  // Attributes, x and y: what can be altered and still be an area.
  for (const auto &[first, end] : {std::pair{6u, 10u}, {26u, 58u}, {60u, 92u}}) {
    for (std::size_t i = first; i < end; ++i) {
      Bytes altered = bytes;
      altered[i] ^= 0x02;
      names.insert(Parse(altered).Name());
      ++count;
    }
  }
  assert_int_equal(names.size(), count);
}

void AnUnknownNameAlgorithmHasNoName() {
  const PublicArea area = Parse(FromHex(With(kEccArea, 4, "0010")));
  ExpectError(
      Reason::kNotSupported, [&] { (void)area.Name(); }, "name algorithm is unknown");
}

void AllAttributesMustBeThere() {
  const PublicArea area = Parse(FromHex(kEccArea));
  Expect(area.Has(ObjectAttributes::kFixedTpm), "fixedTPM");
  Expect(area.Has(ObjectAttributes::kFixedTpm | ObjectAttributes::kRestricted), "both");
  Expect(!area.Has(ObjectAttributes::kAdminWithPolicy), "not adminWithPolicy");
  Expect(!area.Has(ObjectAttributes::kFixedTpm | ObjectAttributes::kSignEncrypt),
         "one of two is not enough");
}

// As an X.509 certificate has them: no leading zeros, and the TPM's exponent 0 is 65537.
void NumbersAreThoseOfCertificates() {
  const auto ecc = Parse(FromHex(kEccArea)).Numbers();
  Expect(ecc && ecc->curve == "P-256", "P-256");
  Expect(ecc->first.size() == 32 && ecc->second.size() == 32 && ecc->first != ecc->second, "x, y");
  const PublicArea rsa_area = Parse(FromHex(kRsaArea));
  const auto rsa = rsa_area.Numbers();
  Expect(rsa && rsa->curve.empty() && rsa->first.size() == 256, "RSA");
  Expect(rsa->second == Bytes({1, 0, 1}), "65537");
  TPM2B_PUBLIC other = rsa_area.tpm2b();
  other.publicArea.parameters.rsaDetail.exponent = 3;
  Expect(PublicArea(other).Numbers()->second == Bytes({3}), "3");
  other.publicArea.unique.rsa.buffer[0] = 0;
  Expect(PublicArea(other).Numbers()->first.size() == 255, "a leading zero");
  other = Parse(FromHex(kEccArea)).tpm2b();
  other.publicArea.parameters.eccDetail.curveID = TPM2_ECC_NIST_P521;
  Expect(!PublicArea(other).Numbers(), "a curve without a name here");
  Expect(!Parse(FromHex(kSealedArea)).Numbers(), "a sealed object has no key");
}

void HashesHaveTheirNames() {
  ExpectText(HashName(TPM2_ALG_SHA1), "sha1");
  ExpectText(HashName(TPM2_ALG_SHA256), "sha256");
  ExpectText(HashName(TPM2_ALG_SHA384), "sha384");
  ExpectText(HashName(TPM2_ALG_SHA512), "sha512");
  ExpectText(HashName(TPM2_ALG_SM3_256), "sm3_256");
  for (const TPMI_ALG_HASH other : {TPM2_ALG_NULL, TPM2_ALG_AES, TPM2_ALG_SHA3_256}) {
    assert_null(HashName(other));
  }
}

}  // namespace

int main() {
  // The TSS has a line on standard error for everything that it refuses.
  ::setenv("TSS2_LOG", "all+none", 1);
  const CMUnitTest tests[] = {
      UNIT_TEST(WholeAreasAreTaken),          UNIT_TEST(EveryTruncationIsRefused),
      UNIT_TEST(AnEmptyAreaIsRefused),        UNIT_TEST(EveryShorterAreaIsRefused),
      UNIT_TEST(TrailingBytesAreRefused),     UNIT_TEST(ASizeThatLiesIsRefused),
      UNIT_TEST(InnerSizesThatLieAreRefused), UNIT_TEST(UnknownAlgorithmsAreRefused),
      UNIT_TEST(EveryAlteredByteIsAnswered),  UNIT_TEST(NamesAreTheTpms),
      UNIT_TEST(NamesCoverTheWholeArea),      UNIT_TEST(AnUnknownNameAlgorithmHasNoName),
      UNIT_TEST(AllAttributesMustBeThere),    UNIT_TEST(NumbersAreThoseOfCertificates),
      UNIT_TEST(HashesHaveTheirNames),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
