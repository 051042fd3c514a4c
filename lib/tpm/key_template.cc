// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/key_template.h"

#include <algorithm>
#include <array>

namespace tpm2_sealed {
namespace {

constexpr std::array kTemplates = {
    KeyTemplate{TemplateId::kEkEccP256, "ek-ecc-p256", ESYS_TR_RH_ENDORSEMENT, 0x81010002,
                TPM2_ALG_ECC},
    KeyTemplate{TemplateId::kEkRsa2048, "ek-rsa-2048", ESYS_TR_RH_ENDORSEMENT, 0x81010001,
                TPM2_ALG_RSA},
    KeyTemplate{TemplateId::kSrkEccP256, "srk-ecc-p256", ESYS_TR_RH_OWNER, 0x81000001,
                TPM2_ALG_ECC},
    KeyTemplate{TemplateId::kSrkRsa2048, "srk-rsa-2048", ESYS_TR_RH_OWNER, 0x81000001,
                TPM2_ALG_RSA},
};

constexpr std::string_view kHandleName = "handle";

// PolicyA of the EK Credential Profile: PolicySecret(endorsement hierarchy), SHA-256.
constexpr std::array<BYTE, 32> kEkAuthPolicy = {
    0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
    0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa};

constexpr TPMA_OBJECT kStorageKey = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                                    TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_RESTRICTED |
                                    TPMA_OBJECT_DECRYPT;

}  // namespace

TPM2B_PUBLIC KeyTemplate::Public() const {
  TPM2B_PUBLIC tpm2b{};
  TPMT_PUBLIC &area = tpm2b.publicArea;
  area.type = type;
  area.nameAlg = TPM2_ALG_SHA256;
  if (hierarchy == ESYS_TR_RH_ENDORSEMENT) {
    area.objectAttributes = kStorageKey | TPMA_OBJECT_ADMINWITHPOLICY;
    area.authPolicy.size = kEkAuthPolicy.size();
    std::copy(kEkAuthPolicy.begin(), kEkAuthPolicy.end(), area.authPolicy.buffer);
  } else {
    area.objectAttributes = kStorageKey | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA;
  }
  // The zeros in `unique` are part of the template: without them the TPM derives another key.
  TPMT_SYM_DEF_OBJECT symmetric{};
  symmetric.algorithm = TPM2_ALG_AES;
  symmetric.keyBits.aes = 128;
  symmetric.mode.aes = TPM2_ALG_CFB;
  if (type == TPM2_ALG_RSA) {
    area.parameters.rsaDetail.symmetric = symmetric;
    area.parameters.rsaDetail.scheme.scheme = TPM2_ALG_NULL;
    area.parameters.rsaDetail.keyBits = 2048;
    area.unique.rsa.size = 256;
  } else {
    area.parameters.eccDetail.symmetric = symmetric;
    area.parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
    area.parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
    area.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
    area.unique.ecc.x.size = 32;
    area.unique.ecc.y.size = 32;
  }
  return tpm2b;
}

std::span<const KeyTemplate> KeyTemplates() { return kTemplates; }

const KeyTemplate *FindTemplate(TemplateId id) {
  const auto found = std::find_if(kTemplates.begin(), kTemplates.end(),
                                  [=](const KeyTemplate &t) { return t.id == id; });
  return found == kTemplates.end() ? nullptr : &*found;
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
