// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that a token whose parts do not belong together, or whose salt key could be somebody
// else's, is refused before any TPM is asked.
#include "lib/sealed/sealed_token.h"

#include <tss2/tss2_tpm2_types.h>
#include <algorithm>
#include <cstdlib>

#include "tests/unit/sample_record.h"
#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

static_assert(IsPersistentHandle(0x81000000) && IsPersistentHandle(0x81ffffff));
static_assert(!IsPersistentHandle(0x80ffffff) && !IsPersistentHandle(0x82000000));
static_assert(!IsPersistentHandle(0) && !IsPersistentHandle(0x40000001));

// The policyDigest of PCR 7 in bank sha256 holding 32 times the byte 07: policy_test has its
// origin.
constexpr std::string_view kPolicy =
    "558849a0429135265c3dd6805ac252c2eca1ee7604742129c96f58d8821c2a89";

TPM2B_PUBLIC Key(TemplateId id) {
  TPM2B_PUBLIC area = FindTemplate(id)->Public();
  TPM2B_ECC_PARAMETER &x = area.publicArea.unique.ecc.x;
  std::fill_n(x.buffer, x.size, std::uint8_t{0x11});
  return area;
}

TPM2B_PUBLIC SealedArea() {
  TPM2B_PUBLIC area{};
  area.publicArea.type = TPM2_ALG_KEYEDHASH;
  area.publicArea.nameAlg = TPM2_ALG_SHA256;
  area.publicArea.objectAttributes =
      Raw(ObjectAttributes::kFixedTpm | ObjectAttributes::kFixedParent |
          ObjectAttributes::kAdminWithPolicy | ObjectAttributes::kNoDa);
  const Bytes policy = FromHex(kPolicy);
  area.publicArea.authPolicy.size = static_cast<UINT16>(policy.size());
  std::copy(policy.begin(), policy.end(), area.publicArea.authPolicy.buffer);
  area.publicArea.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL;
  area.publicArea.unique.keyedHash.size = 32;
  return area;
}

Bytes Marshal(const TPM2B_PUBLIC &area) { return PublicArea(area).Marshalled(); }

TokenRecord Record() {
  TokenRecord record;
  record.created = "2026-11-22T10:00:00Z";
  record.encryption = "aes-128-cfb";
  record.salt_key = {"ek-ecc-p256", 0x81010002, Marshal(Key(TemplateId::kEkEccP256)), {}};
  record.parent = {"srk-ecc-p256", {}, Marshal(Key(TemplateId::kSrkEccP256)), {}};
  record.sealed_public = Marshal(SealedArea());
  record.sealed_private = FromHex("0004 01020304");
  record.pcrs = TokenRecord::Pcrs{.bank = "sha256", .values = {{7, Bytes(32, 0x07)}}};
  return record;
}

SealedToken Parse(const TokenRecord &record) { return SealedToken::Parse(record.ToJson()); }

void ExpectBad(const TokenRecord &record, std::string_view part, Where where = Where::Here()) {
  ExpectError(
      Reason::kBadToken, [&] { (void)Parse(record); }, part, where);
}

void AWholeTokenIsTaken() {
  const TokenRecord record = Record();
  const SealedToken token = Parse(record);
  Expect(token.salt_key.template_id == TemplateId::kEkEccP256, "the salt key's template");
  Expect(token.salt_key.handle == 0x81010002u && !token.parent.handle, "the handles");
  Expect(token.salt_key.area.Marshalled() == record.salt_key.public_area, "the salt key's area");
  Expect(token.parent.area.Marshalled() == record.parent.public_area, "the parent's area");
  Expect(token.object.public_area().Marshalled() == record.sealed_public, "the object's area");
  Expect(token.object.MarshalledPrivate() == record.sealed_private, "the object's private area");
  ExpectHex(token.object.AuthPolicy(), kPolicy);
  ExpectHex(token.policy.Digest(), kPolicy);
  Expect(token.floor == Protection::kAes, "the floor");
  Expect(ToRecord(token.salt_key).public_area == record.salt_key.public_area, "and back");
  ExpectText(ToRecord(token.parent).template_name, "srk-ecc-p256");
}

void SwappedAreasAreRefused() {
  TokenRecord record = Record();
  std::swap(record.sealed_public, record.sealed_private);
  ExpectBad(record, "token field sealed.public is not a TPM2B_PUBLIC");
  record = Record();
  std::swap(record.sealed_public, record.parent.public_area);
  ExpectBad(record, "not a sealed data object");
  record = Record();
  std::swap(record.sealed_public, record.salt_key.public_area);
  ExpectBad(record, "the salt key is not one that the TPM made and keeps");
}

// It would have no Name, and whoever asks for that would get an error for all tokens.
void AnUnknownNameAlgorithmIsRefused() {
  constexpr std::uint8_t kSha3_256 = 0x27;
  constexpr std::size_t kNameAlgorithm = 5;  // its low byte, after size and type
  TokenRecord record = Record();
  record.salt_key.template_name = "handle";
  record.salt_key.public_area[kNameAlgorithm] = kSha3_256;
  ExpectBad(record, "token field session.salt_key.public: its name algorithm is unknown");
  record = Record();
  record.parent.template_name = "handle";
  record.parent.handle = 0x81000001;
  record.parent.public_area[kNameAlgorithm] = kSha3_256;
  ExpectBad(record, "token field parent.public: its name algorithm is unknown");
  record = Record();
  record.sealed_public[kNameAlgorithm] = kSha3_256;
  ExpectBad(record, "token field sealed.public: its name algorithm is unknown");
}

void IncompleteAreasAreRefused() {
  for (Bytes TokenRecord::*area : {&TokenRecord::sealed_public, &TokenRecord::sealed_private}) {
    TokenRecord record = Record();
    (record.*area).pop_back();
    ExpectBad(record, "token field sealed.");
    record = Record();
    (record.*area).push_back(0);
    ExpectBad(record, "token field sealed.");
  }
  TokenRecord record = Record();
  record.salt_key.public_area.pop_back();
  ExpectBad(record, "token field session.salt_key.public is not a TPM2B_PUBLIC");
  record = Record();
  record.parent.public_area.push_back(0);
  ExpectBad(record, "token field parent.public is not a TPM2B_PUBLIC");
  record = Record();
  record.sealed_private = FromHex("0000");
  ExpectBad(record, "token field sealed.private is not a TPM2B_PRIVATE");
}

// A key that anybody can have outside a TPM, or that is made to be shared, could be the thief's
// own.
void TheSaltKeyMustBeOneThatStays() {
  for (const ObjectAttributes attribute :
       {ObjectAttributes::kFixedTpm, ObjectAttributes::kFixedParent,
        ObjectAttributes::kSensitiveDataOrigin, ObjectAttributes::kRestricted,
        ObjectAttributes::kDecrypt}) {
    TokenRecord record = Record();
    TPM2B_PUBLIC area = Key(TemplateId::kEkEccP256);
    area.publicArea.objectAttributes &= ~Raw(attribute);
    record.salt_key.public_area = Marshal(area);
    ExpectBad(record, "the salt key is not one that the TPM made and keeps");
  }
}

void TheSaltKeyMustBeStrong() {
  TokenRecord record = Record();
  record.salt_key.template_name = "handle";
  record.salt_key.handle = 0x81010001;
  TPM2B_PUBLIC area = FindTemplate(TemplateId::kEkRsa2048)->Public();
  record.salt_key.public_area = Marshal(area);
  (void)Parse(record);
  for (const unsigned bits : {512u, 1024u, 2047u}) {
    area.publicArea.parameters.rsaDetail.keyBits = static_cast<UINT16>(bits);
    record.salt_key.public_area = Marshal(area);
    ExpectBad(record, "the salt key is neither RSA of at least 2048 bits nor ECC");
  }
  area = Key(TemplateId::kEkEccP256);
  area.publicArea.parameters.eccDetail.curveID = TPM2_ECC_NIST_P384;
  record.salt_key.public_area = Marshal(area);
  (void)Parse(record);
  for (const TPMI_ECC_CURVE curve : {TPM2_ECC_NIST_P192, TPM2_ECC_NIST_P224, TPM2_ECC_BN_P256}) {
    area.publicArea.parameters.eccDetail.curveID = curve;
    record.salt_key.public_area = Marshal(area);
    ExpectBad(record, "the salt key is neither");
  }
}

// A session's or a PCR's number would be something else entirely.
void HandlesMustBePersistent() {
  for (const std::uint32_t handle : {0u, 7u, 0x01000000u, 0x02000000u, 0x03000000u, 0x40000001u,
                                     0x80000000u, 0x80ffffffu, 0x82000000u, 0xffffffffu}) {
    TokenRecord record = Record();
    record.salt_key.handle = handle;
    ExpectBad(record, "token field session.salt_key.handle: " + FormatHandle(handle));
    record = Record();
    record.parent.handle = handle;
    ExpectBad(record, "token field parent.handle: " + FormatHandle(handle));
  }
}

void TemplatesMustBeKnown() {
  TokenRecord record = Record();
  record.salt_key.template_name = "ek-ecc-p999";
  ExpectBad(record, "token field session.salt_key.template: 'ek-ecc-p999' is unknown");
  record = Record();
  record.parent.template_name = "handle";
  ExpectBad(record, "token field parent.handle: is missing, and the template 'handle' needs it");
  record.parent.handle = 0x81000002;
  Expect(Parse(record).parent.template_id == TemplateId::kHandle, "with its handle it is taken");
}

// userWithAuth: the object's empty authValue would open it without the policy.
void TheObjectMustBeSealedData() {
  TokenRecord record = Record();
  TPM2B_PUBLIC area = SealedArea();
  area.publicArea.objectAttributes |= Raw(ObjectAttributes::kUserWithAuth);
  record.sealed_public = Marshal(area);
  ExpectBad(record, "userWithAuth");
  area = SealedArea();
  TPMT_KEYEDHASH_SCHEME &scheme = area.publicArea.parameters.keyedHashDetail.scheme;
  scheme.scheme = TPM2_ALG_HMAC;
  scheme.details.hmac.hashAlg = TPM2_ALG_SHA256;
  record.sealed_public = Marshal(area);
  ExpectBad(record, "not a sealed data object");
  // tpm2 create makes these; they are sealed data as well.
  area = SealedArea();
  area.publicArea.objectAttributes &=
      ~Raw(ObjectAttributes::kAdminWithPolicy | ObjectAttributes::kNoDa);
  record.sealed_public = Marshal(area);
  (void)Parse(record);
}

// What the token says of its PCRs is what would be reported as changed: it must be what was sealed.
void ThePolicyMustBeTheObjects() {
  constexpr std::string_view kProblem = "token field policy: does not give the authPolicy";
  TokenRecord record = Record();
  record.pcrs->values[7][31] ^= 1;
  ExpectBad(record, kProblem);
  record.pcrs->values = {{8, Bytes(32, 0x07)}};
  ExpectBad(record, kProblem);
  record.pcrs->values = {{7, Bytes(32, 0x07)}, {8, Bytes(32, 0x08)}};
  ExpectBad(record, kProblem);
  record.pcrs = TokenRecord::Pcrs{.bank = "sm3_256", .values = {{7, Bytes(32, 0x07)}}};
  ExpectBad(record, kProblem);
  record.pcrs.reset();
  ExpectBad(record, kProblem);
  TPM2B_PUBLIC area = SealedArea();
  area.publicArea.authPolicy.size = 0;
  record.sealed_public = Marshal(area);
  ExpectBad(record, kProblem);
}

void TheFloorsAreOrdered() {
  for (const char *encryption : {"none", "xor-sha256"}) {
    TokenRecord record = Record();
    record.encryption = encryption;
    Expect(Parse(record).floor < Protection::kAes, encryption);
  }
}

// Whether there is a PIN is part of the policy: a header cannot talk one away, or add one.
void ThePinIsInThePolicy() {
  TokenRecord record = Record();
  record.pin = TokenRecord::Pin{.memory_kib = 65536, .iterations = 4, .salt = Bytes(32, 1)};
  record.passphrase = PassphraseForm::kHkdfPin;
  ExpectBad(record, "policy");
  TPM2B_PUBLIC area = SealedArea();
  // PCR 7 and TPM2_PolicyAuthValue: policy_test has its origin.
  const Bytes policy = FromHex("ae1f75f5556533825cf586210ad5850f533a6f0599a9da7aa58e5f45d1c40c53");
  std::copy(policy.begin(), policy.end(), area.publicArea.authPolicy.buffer);
  record.sealed_public = Marshal(area);
  Expect(Parse(record).policy.Find<AuthValueStep>() != nullptr, "the authValue is asked for");
  record.pin.reset();
  record.passphrase = PassphraseForm::kRaw;
  ExpectBad(record, "policy");
}

}  // namespace

int main() {
  // The TSS has a line on standard error for everything that it refuses.
  ::setenv("TSS2_LOG", "all+none", 1);
  const CMUnitTest tests[] = {
      UNIT_TEST(AWholeTokenIsTaken),
      UNIT_TEST(SwappedAreasAreRefused),
      UNIT_TEST(AnUnknownNameAlgorithmIsRefused),
      UNIT_TEST(IncompleteAreasAreRefused),
      UNIT_TEST(TheSaltKeyMustBeOneThatStays),
      UNIT_TEST(TheSaltKeyMustBeStrong),
      UNIT_TEST(HandlesMustBePersistent),
      UNIT_TEST(TemplatesMustBeKnown),
      UNIT_TEST(TheObjectMustBeSealedData),
      UNIT_TEST(ThePolicyMustBeTheObjects),
      UNIT_TEST(TheFloorsAreOrdered),
      UNIT_TEST(ThePinIsInThePolicy),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
