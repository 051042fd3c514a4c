// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/key/key_template.h"

#include <tss2/tss2_tpm2_types.h>
#include <algorithm>
#include <array>

namespace tpm2_sealed {
namespace {

constexpr std::array kTemplates = {
    KeyTemplate{TemplateId::kEkEccP256, "ek-ecc-p256", Hierarchy::kEndorsement, 0x81010002,
                KeyType::kEcc, 0x01c0000a},
    KeyTemplate{TemplateId::kEkRsa2048, "ek-rsa-2048", Hierarchy::kEndorsement, 0x81010001,
                KeyType::kRsa, 0x01c00002},
    KeyTemplate{TemplateId::kEkEccP256High, "ek-ecc-p256-h", Hierarchy::kEndorsement, 0x81010014,
                KeyType::kEcc, 0x01c00014},
    KeyTemplate{TemplateId::kEkRsa2048High, "ek-rsa-2048-h", Hierarchy::kEndorsement, 0x81010012,
                KeyType::kRsa, 0x01c00012},
    KeyTemplate{TemplateId::kSrkEccP256, "srk-ecc-p256", Hierarchy::kOwner, 0x81000001,
                KeyType::kEcc, 0},
    KeyTemplate{TemplateId::kSrkRsa2048, "srk-rsa-2048", Hierarchy::kOwner, 0x81000001,
                KeyType::kRsa, 0},
};

constexpr std::string_view kHandleName = "handle";

// PolicyA of the EK Credential Profile: PolicySecret(endorsement hierarchy), SHA-256.
constexpr std::array<BYTE, 32> kEkAuthPolicy = {
    0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
    0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa};

// PolicyB of the EK Credential Profile, for the high range: PolicyOR of PolicyA and PolicyC
// (PolicyAuthorizeNV), SHA-256.
constexpr std::array<BYTE, 32> kEkAuthPolicyHigh = {
    0xca, 0x3d, 0x0a, 0x99, 0xa2, 0xb9, 0x39, 0x06, 0xf7, 0xa3, 0x34, 0x24, 0x14, 0xef, 0xcf, 0xb3,
    0xa3, 0x85, 0xd4, 0x4c, 0xd1, 0xfd, 0x45, 0x90, 0x89, 0xd1, 0x9b, 0x50, 0x71, 0xc0, 0xb7, 0xa0};

constexpr bool IsHighRange(TemplateId id) {
  return id == TemplateId::kEkRsa2048High || id == TemplateId::kEkEccP256High;
}

constexpr ObjectAttributes kStorageKey = ObjectAttributes::kFixedTpm |
                                         ObjectAttributes::kFixedParent |
                                         ObjectAttributes::kSensitiveDataOrigin |
                                         ObjectAttributes::kRestricted | ObjectAttributes::kDecrypt;

}  // namespace

TPM2B_PUBLIC KeyTemplate::Public() const {
  TPM2B_PUBLIC tpm2b{};
  TPMT_PUBLIC &area = tpm2b.publicArea;
  area.type = type == KeyType::kRsa ? TPM2_ALG_RSA : TPM2_ALG_ECC;
  area.nameAlg = TPM2_ALG_SHA256;
  if (hierarchy == Hierarchy::kEndorsement) {
    const auto &policy = IsHighRange(id) ? kEkAuthPolicyHigh : kEkAuthPolicy;
    area.objectAttributes =
        Raw(kStorageKey | ObjectAttributes::kAdminWithPolicy |
            (IsHighRange(id) ? ObjectAttributes::kUserWithAuth : ObjectAttributes::kNone));
    area.authPolicy.size = static_cast<UINT16>(policy.size());
    std::copy(policy.begin(), policy.end(), area.authPolicy.buffer);
  } else {
    area.objectAttributes =
        Raw(kStorageKey | ObjectAttributes::kUserWithAuth | ObjectAttributes::kNoDa);
  }
  // The zeros in `unique` are part of the template: without them the TPM derives another key. The
  // templates of the high range have an empty `unique`.
  const UINT16 zeros = IsHighRange(id) ? 0 : 1;
  TPMT_SYM_DEF_OBJECT symmetric{};
  symmetric.algorithm = TPM2_ALG_AES;
  symmetric.keyBits.aes = 128;
  symmetric.mode.aes = TPM2_ALG_CFB;
  if (type == KeyType::kRsa) {
    area.parameters.rsaDetail.symmetric = symmetric;
    area.parameters.rsaDetail.scheme.scheme = TPM2_ALG_NULL;
    area.parameters.rsaDetail.keyBits = 2048;
    area.unique.rsa.size = static_cast<UINT16>(256 * zeros);
  } else {
    area.parameters.eccDetail.symmetric = symmetric;
    area.parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
    area.parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
    area.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
    area.unique.ecc.x.size = static_cast<UINT16>(32 * zeros);
    area.unique.ecc.y.size = static_cast<UINT16>(32 * zeros);
  }
  return tpm2b;
}

std::span<const KeyTemplate> KeyTemplates() { return kTemplates; }

const KeyTemplate *FindTemplate(TemplateId id) {
  const auto found = std::find_if(kTemplates.begin(), kTemplates.end(),
                                  [=](const KeyTemplate &t) { return t.id == id; });
  return found == kTemplates.end() ? nullptr : &*found;
}

bool Resembles(const PublicArea &area, const KeyTemplate &key_template) {
  TPM2B_PUBLIC shape = area.tpm2b();
  const TPM2B_PUBLIC wanted = key_template.Public();
  if (shape.publicArea.type != wanted.publicArea.type) return false;
  shape.publicArea.unique = wanted.publicArea.unique;
  return PublicArea(shape).Marshalled() == PublicArea(wanted).Marshalled();
}

std::string_view TemplateName(TemplateId id) {
  const KeyTemplate *found = FindTemplate(id);
  return found == nullptr ? kHandleName : found->name;
}

std::optional<TemplateId> TemplateByName(std::string_view name) {
  if (name == kHandleName) return TemplateId::kHandle;
  for (const KeyTemplate &t : kTemplates) {
    if (t.name == name) return t.id;
  }
  return std::nullopt;
}

}  // namespace tpm2_sealed
