// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that the compiled-in templates are the TCG's, byte by byte: with another template the TPM
// makes another key, and a token whose key was evicted would never open again.
#include "lib/tpm/key/key_template.h"

#include <tss2/tss2_tpm2_types.h>
#include <set>

#include "lib/base/crypto.h"
#include "lib/tpm/link/handle.h"
#include "lib/tpm/link/public_area.h"

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

// PolicySecret with the endorsement hierarchy: TCG EK Credential Profile 2.4, annex B.3, PolicyA.
constexpr std::string_view kPolicyA =
    "837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa";

std::string Zeros(std::size_t bytes) { return std::string(bytes * 2, '0'); }

const KeyTemplate &Template(TemplateId id) {
  const KeyTemplate *found = FindTemplate(id);
  Expect(found != nullptr, "there is a template");
  return *found;
}

void ExpectArea(TemplateId id, const std::string &hex, std::string_view name,
                Where where = Where::Here()) {
  const PublicArea area(Template(id).Public());
  ExpectHex(area.Marshalled(), hex, where);
  ExpectHex(area.Name(), name, where);
}

// The areas are written out from the profiles; the Names are python3's hashlib.sha256 of them
// without the first two bytes, after the nameAlg 000b.

void TheEccEkIsTemplateL2() {
  ExpectArea(TemplateId::kEkEccP256,
             std::string("007a 0023 000b 000300b2 0020") + std::string(kPolicyA) +
                 "0006 0080 0043 0010 0003 0010 0020" + Zeros(32) + "0020" + Zeros(32),
             "000b 0f1277a2f3f382e7f75db466fac234182a8d62f97dfbaae7b06fdf52bda51467");
}

void TheRsaEkIsTemplateL1() {
  ExpectArea(TemplateId::kEkRsa2048,
             std::string("013a 0001 000b 000300b2 0020") + std::string(kPolicyA) +
                 "0006 0080 0043 0010 0800 00000000 0100" + Zeros(256),
             "000b 32503929a1287eedaa3e89d932f9b51a6f92abd0fa57721ffa6fc041e04f7498");
}

void SrkEccIsTheProvisioningGuidances() {
  ExpectArea(TemplateId::kSrkEccP256,
             "005a 0023 000b 00030472 0000 0006 0080 0043 0010 0003 0010 0020" + Zeros(32) +
                 "0020" + Zeros(32),
             "000b 9430f5e63490113d4ed813e7afe4e3012af75fd74076f3c6efdd392701fa7204");
}

void SrkRsaIsTheProvisioningGuidances() {
  ExpectArea(TemplateId::kSrkRsa2048,
             "011a 0001 000b 00030472 0000 0006 0080 0043 0010 0800 00000000"
             "0100" +
                 Zeros(256),
             "000b e57f6afb76e172ed9da96aa6a37cba3f31b8265a8103700f9677aab2459f1b20");
}

// PolicyB: TPM2_PolicyOR of PolicyA and PolicyC, H(32 zero bytes || TPM_CC_PolicyOR || A || C)
// (Part 3, TPM2_PolicyOR); PolicyC is the EK Credential Profile's, annex B.6.5.
std::string HighPolicy(const std::string &policy_a) {
  return HexEncode(
      Sha256(FromHex(Zeros(32) + "00000171" + policy_a +
                     "3767e2edd43ff45a3a7e1eaefcef78643dca964632e7aad82c673a30d8633fde")));
}

// policyDigest' = H(H(policyDigest || TPM_CC_PolicySecret || Name of TPM_RH_ENDORSEMENT) ||
// policyRef), from 32 zero bytes and with an empty policyRef (TPM 2.0 Part 3, TPM2_PolicySecret).
void TheEkPolicyIsPolicySecretOfTheEndorsementHierarchy() {
  const Bytes inner = Sha256(FromHex(Zeros(32) + "00000151 4000000b"));
  const std::string policy = HexEncode(Sha256(inner));
  ExpectText(policy, kPolicyA);
  for (const KeyTemplate &t : KeyTemplates()) {
    const TPM2B_PUBLIC area = t.Public();
    const TPM2B_DIGEST &digest = area.publicArea.authPolicy;
    ExpectText(HexEncode({digest.buffer, digest.size}), t.hierarchy != Hierarchy::kEndorsement ? ""
                                                        : t.name.ends_with("-h")
                                                            ? HighPolicy(policy)
                                                            : policy);
  }
}

// What makes a key fit to salt a session, or to be a parent: made inside this TPM, never leaves it.
void AllAreStorageKeysThatStay() {
  for (const KeyTemplate &t : KeyTemplates()) {
    const PublicArea area(t.Public());
    const std::string name(t.name);
    Expect(area.Has(ObjectAttributes::kFixedTpm | ObjectAttributes::kFixedParent |
                    ObjectAttributes::kSensitiveDataOrigin | ObjectAttributes::kRestricted |
                    ObjectAttributes::kDecrypt),
           name + " is a restricted decryption key that stays");
    Expect(!area.Has(ObjectAttributes::kSignEncrypt), name + " does not sign");
    Expect((area->type == TPM2_ALG_RSA) == (t.type == KeyType::kRsa),
           name + " is of the type that it says");
    // What it says must be readable as such when it comes back out of a token.
    Expect(PublicArea::Parse(area.Marshalled(), "").Marshalled() == area.Marshalled(), name);
  }
}

// TPM 2.0 Provisioning Guidance, section 7.8, and EK Credential Profile, section 2.2.1.4.
void HandlesAndHierarchiesAreTheTcgs() {
  assert_int_equal(Template(TemplateId::kEkRsa2048).handle, 0x81010001);
  assert_int_equal(Template(TemplateId::kEkEccP256).handle, 0x81010002);
  assert_int_equal(Template(TemplateId::kEkRsa2048High).handle, 0x81010012);
  assert_int_equal(Template(TemplateId::kEkEccP256High).handle, 0x81010014);
  assert_int_equal(Template(TemplateId::kSrkRsa2048).handle, 0x81000001);
  assert_int_equal(Template(TemplateId::kSrkEccP256).handle, 0x81000001);
  assert_int_equal(Template(TemplateId::kEkRsa2048).certificate, 0x01c00002);
  assert_int_equal(Template(TemplateId::kEkEccP256).certificate, 0x01c0000a);
  assert_int_equal(Template(TemplateId::kEkRsa2048High).certificate, 0x01c00012);
  assert_int_equal(Template(TemplateId::kEkEccP256High).certificate, 0x01c00014);
  assert_int_equal(Template(TemplateId::kSrkRsa2048).certificate, 0);
  assert_int_equal(Template(TemplateId::kSrkEccP256).certificate, 0);
  Expect(Template(TemplateId::kEkRsa2048).hierarchy == Hierarchy::kEndorsement, "RSA EK");
  Expect(Template(TemplateId::kEkEccP256).hierarchy == Hierarchy::kEndorsement, "ECC EK");
  Expect(Template(TemplateId::kSrkRsa2048).hierarchy == Hierarchy::kOwner, "RSA SRK");
  Expect(Template(TemplateId::kSrkEccP256).hierarchy == Hierarchy::kOwner, "ECC SRK");
  for (const KeyTemplate &t : KeyTemplates()) {
    Expect(IsPersistentHandle(t.handle), std::string(t.name) + " has a persistent handle");
  }
}

// They are in the tokens: never changed, never given to another template.
void NamesAreThoseOfTheTokens() {
  ExpectText(TemplateName(TemplateId::kEkEccP256), "ek-ecc-p256");
  ExpectText(TemplateName(TemplateId::kEkRsa2048), "ek-rsa-2048");
  ExpectText(TemplateName(TemplateId::kEkEccP256High), "ek-ecc-p256-h");
  ExpectText(TemplateName(TemplateId::kEkRsa2048High), "ek-rsa-2048-h");
  ExpectText(TemplateName(TemplateId::kSrkEccP256), "srk-ecc-p256");
  ExpectText(TemplateName(TemplateId::kSrkRsa2048), "srk-rsa-2048");
  ExpectText(TemplateName(TemplateId::kHandle), "handle");
}

void NamesRoundTrip() {
  std::set<std::string_view> names;
  for (const KeyTemplate &t : KeyTemplates()) {
    Expect(names.insert(t.name).second, std::string(t.name) + " is there once");
    Expect(TemplateByName(t.name) == t.id, std::string(t.name));
    ExpectText(TemplateName(t.id), t.name);
    Expect(FindTemplate(t.id) == &t, std::string(t.name) + " is found");
  }
  assert_int_equal(names.size(), 6);
  Expect(TemplateByName("handle") == TemplateId::kHandle, "handle");
  Expect(FindTemplate(TemplateId::kHandle) == nullptr, "a handle has no template");
}

void OtherNamesHaveNoTemplate() {
  for (const char *name : {"", "ek", "srk", "ek-ecc-p25", "ek-ecc-p2566", "EK-ECC-P256",
                           " ek-ecc-p256", "ek-ecc-p384", "ek_ecc_p256", "Handle"}) {
    Expect(!TemplateByName(name), name);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(TheEccEkIsTemplateL2),
      UNIT_TEST(TheRsaEkIsTemplateL1),
      UNIT_TEST(SrkEccIsTheProvisioningGuidances),
      UNIT_TEST(SrkRsaIsTheProvisioningGuidances),
      UNIT_TEST(TheEkPolicyIsPolicySecretOfTheEndorsementHierarchy),
      UNIT_TEST(AllAreStorageKeysThatStay),
      UNIT_TEST(HandlesAndHierarchiesAreTheTcgs),
      UNIT_TEST(NamesAreThoseOfTheTokens),
      UNIT_TEST(NamesRoundTrip),
      UNIT_TEST(OtherNamesHaveNoTemplate),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
