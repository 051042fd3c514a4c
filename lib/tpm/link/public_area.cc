// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/link/public_area.h"

#include <tss2/tss2_mu.h>
#include <algorithm>
#include <string>

#include "lib/base/crypto.h"
#include "lib/base/error.h"
#include "lib/tpm/link/rc.h"

namespace tpm2_sealed {

const char *HashName(std::uint16_t hash) {
  switch (hash) {
    case TPM2_ALG_SHA1:
      return "sha1";
    case TPM2_ALG_SHA256:
      return "sha256";
    case TPM2_ALG_SHA384:
      return "sha384";
    case TPM2_ALG_SHA512:
      return "sha512";
    case TPM2_ALG_SM3_256:
      return "sm3_256";
    default:
      return nullptr;
  }
}

bool IsStorageKey(const PublicArea &area) {
  return (area->type == TPM2_ALG_RSA || area->type == TPM2_ALG_ECC) &&
         area.Has(ObjectAttributes::kFixedTpm | ObjectAttributes::kFixedParent |
                  ObjectAttributes::kRestricted | ObjectAttributes::kDecrypt |
                  ObjectAttributes::kUserWithAuth);
}

PublicArea::PublicArea(const TPM2B_PUBLIC &area)
    : area_(std::make_shared<const TPM2B_PUBLIC>(area)) {}

const TPMT_PUBLIC &PublicArea::operator*() const noexcept { return area_->publicArea; }

bool PublicArea::Has(ObjectAttributes attributes) const noexcept {
  return (area_->publicArea.objectAttributes & Raw(attributes)) == Raw(attributes);
}

bool PublicArea::HasKnownName() const noexcept {
  return HashName(area_->publicArea.nameAlg) != nullptr;
}

PublicArea PublicArea::Parse(ByteView marshalled, const char *what) {
  TPM2B_PUBLIC area{};
  std::size_t offset = 0;
  const TSS2_RC code =
      Tss2_MU_TPM2B_PUBLIC_Unmarshal(marshalled.data(), marshalled.size(), &offset, &area);
  const PublicArea parsed(area);
  // The TSS does not check the inner size field, so the parsed area must marshal to the same bytes.
  if (code != TSS2_RC_SUCCESS || offset != marshalled.size() || area.size == 0 ||
      !ConstantTimeEqual(parsed.Marshalled(), marshalled)) {
    throw Error(Reason::kBadToken, std::string(what) + " is not a TPM2B_PUBLIC");
  }
  return parsed;
}

Bytes PublicArea::Marshalled() const {
  Bytes bytes(sizeof *area_);
  std::size_t size = 0;
  // The marshaller writes the size field; a size in the input must not contradict it.
  TPM2B_PUBLIC area = *area_;
  area.size = 0;
  rc::Check("marshalling TPM2B_PUBLIC",
            Tss2_MU_TPM2B_PUBLIC_Marshal(&area, bytes.data(), bytes.size(), &size));
  bytes.resize(size);
  return bytes;
}

std::optional<PublicNumbers> PublicArea::Numbers() const {
  constexpr std::uint32_t kDefaultExponent = 65537;  // Part 2, section 12.2.3.5: stored as zero
  const TPMT_PUBLIC &area = area_->publicArea;
  PublicNumbers numbers;
  if (area.type == TPM2_ALG_RSA) {
    std::uint32_t exponent = area.parameters.rsaDetail.exponent;
    if (exponent == 0) exponent = kDefaultExponent;
    for (int shift = 24; shift >= 0; shift -= 8) {
      numbers.second.push_back(static_cast<std::uint8_t>(exponent >> shift & 0xff));
    }
    numbers.first = WithoutLeadingZeros({area.unique.rsa.buffer, area.unique.rsa.size});
  } else if (area.type == TPM2_ALG_ECC) {
    const TPMI_ECC_CURVE curve = area.parameters.eccDetail.curveID;
    if (curve == TPM2_ECC_NIST_P256) numbers.curve = "P-256";
    if (curve == TPM2_ECC_NIST_P384) numbers.curve = "P-384";
    if (numbers.curve.empty()) return std::nullopt;
    numbers.first = WithoutLeadingZeros({area.unique.ecc.x.buffer, area.unique.ecc.x.size});
    const TPM2B_ECC_PARAMETER &y = area.unique.ecc.y;
    numbers.second.assign(y.buffer, y.buffer + y.size);
  } else {
    return std::nullopt;
  }
  numbers.second = WithoutLeadingZeros(numbers.second);
  return numbers;
}

Bytes PublicArea::Name() const {
  const TPMI_ALG_HASH hash = area_->publicArea.nameAlg;
  const char *hash_name = HashName(hash);
  if (hash_name == nullptr) {
    throw Error(Reason::kNotSupported, "the key's name algorithm is unknown to this program");
  }
  const Bytes marshalled = Marshalled();
  // The Name is a digest of the TPMT_PUBLIC, which follows the size field of the TPM2B.
  const Bytes digest = Digest(hash_name, ByteView(marshalled).subspan(2));
  Bytes name(sizeof hash + digest.size());
  name[0] = static_cast<std::uint8_t>(hash >> 8);
  name[1] = static_cast<std::uint8_t>(hash & 0xff);
  std::copy(digest.begin(), digest.end(), name.begin() + sizeof hash);
  return name;
}

}  // namespace tpm2_sealed
