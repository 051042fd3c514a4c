// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/key/primary.h"

#include <algorithm>
#include <string>

#include "lib/base/crypto.h"
#include "lib/base/encoding.h"
#include "lib/base/error.h"
#include "lib/base/secret.h"
#include "lib/tpm/key/create_primary.h"
#include "lib/tpm/link/esys.h"
#include "lib/tpm/link/rc.h"

namespace tpm2_sealed {
namespace {

// Returns the ESYS_TR of the object at `handle`; kNone if there is none.
EsysTr OpenPersistent(const Context &context, std::uint32_t handle) {
  ESYS_TR tr = ESYS_TR_NONE;
  const TSS2_RC code =
      Esys_TR_FromTPMPublic(context.esys(), handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &tr);
  if (rc::IsHandleEmpty(code)) return EsysTr::kNone;
  context.Check("TPM2_ReadPublic", code);
  return EsysTr{tr};
}

void Close(const Context &context, EsysTr tr) {
  ESYS_TR closed = Raw(tr);
  (void)Esys_TR_Close(context.esys(), &closed);
}

bool IsPinned(const Context &context, EsysTr tr, const PinnedKey &pinned) {
  const std::optional<PublicArea> area = AreaThatEsysUses(context, tr);
  return area && ConstantTimeEqual(area->Marshalled(), pinned.area.Marshalled());
}

[[noreturn]] void ThrowNotTheSame(const PinnedKey &pinned, const char *role) {
  const std::string where = pinned.handle ? " at " + FormatHandle(*pinned.handle) : std::string();
  throw Error(Reason::kWrongTpm,
              std::string("this TPM does not have the ") + role + " that the token names" + where +
                  ": the token belongs to another TPM, or this one was cleared",
              "use another passphrase, then enroll again");
}

// Makes the pinned key from its template; returns nullopt if no template is known.
std::optional<TransientObject> CreatePinned(const Context &context, const PinnedKey &pinned,
                                            const char *role) {
  const KeyTemplate *key_template = FindTemplate(pinned.template_id);
  if (key_template == nullptr) return std::nullopt;
  context.SpendPrimary();
  TransientObject created = CreatePrimary(context, *key_template);
  if (!IsPinned(context, created.tr(), pinned)) ThrowNotTheSame(pinned, role);
  return created;
}

}  // namespace

class SaltKeyMaker {
 public:
  static SaltKey Persistent(const Context &context, EsysTr tr) { return SaltKey(context, tr); }
  static SaltKey Transient(TransientObject object) { return SaltKey(std::move(object)); }
};

class ParentKeyMaker {
 public:
  static ParentKey Persistent(const Context &context, EsysTr tr, const PinnedKey &pinned) {
    ParentKey key(context, tr);
    key.is_protected_ = pinned.handle && !pinned.area.Has(ObjectAttributes::kNoDa);
    return key;
  }
  static ParentKey Transient(TransientObject object) { return ParentKey(std::move(object)); }
};

bool IsKeptByTpm(const PublicArea &area) {
  constexpr ObjectAttributes kMust = ObjectAttributes::kFixedTpm | ObjectAttributes::kFixedParent |
                                     ObjectAttributes::kSensitiveDataOrigin |
                                     ObjectAttributes::kRestricted | ObjectAttributes::kDecrypt;
  return area.Has(kMust);
}

void CheckSaltKeyArea(const PublicArea &area) {
  if (!IsKeptByTpm(area)) {
    throw Error(Reason::kBadToken,
                "the salt key is not one that the TPM made and keeps (it must have fixedTPM, "
                "fixedParent, sensitiveDataOrigin, restricted and decrypt set)",
                "the token was altered or made by other software: enroll again");
  }
  const TPMU_PUBLIC_PARMS &parameters = area->parameters;
  const bool strong =
      (area->type == TPM2_ALG_RSA && parameters.rsaDetail.keyBits >= 2048) ||
      (area->type == TPM2_ALG_ECC && (parameters.eccDetail.curveID == TPM2_ECC_NIST_P256 ||
                                      parameters.eccDetail.curveID == TPM2_ECC_NIST_P384));
  if (!strong) {
    throw Error(Reason::kBadToken,
                "the salt key is neither RSA of at least 2048 bits nor ECC P-256 or P-384",
                "enroll again with another --salt-key");
  }
}

SaltKey OpenSaltKey(const Context &context, const PinnedKey &pinned) {
  CheckSaltKeyArea(pinned.area);
  if (pinned.handle) {
    // If the context already has an ESYS_TR for this handle, Esys_TR_FromTPMPublic returns that one
    // and ignores the public area that the TPM answers now. So no ESYS_TR may have been
    // deserialized for the handle before: its area would come from the header, which an attacker
    // can write.
    const EsysTr tr = OpenPersistent(context, *pinned.handle);
    if (tr != EsysTr::kNone && IsPinned(context, tr, pinned)) {
      return SaltKeyMaker::Persistent(context, tr);
    }
  }
  std::optional<TransientObject> created = CreatePinned(context, pinned, "salt key");
  if (!created) ThrowNotTheSame(pinned, "salt key");
  return SaltKeyMaker::Transient(std::move(*created));
}

std::optional<ParentKey> OpenParentAtHandle(const Context &context, const PinnedKey &pinned) {
  if (!pinned.handle) return std::nullopt;
  const EsysTr tr = OpenPersistent(context, *pinned.handle);
  if (tr == EsysTr::kNone || !IsPinned(context, tr, pinned)) return std::nullopt;
  return ParentKeyMaker::Persistent(context, tr, pinned);
}

std::optional<ParentKey> CreateParent(const Context &context, const PinnedKey &pinned) {
  std::optional<TransientObject> created = CreatePinned(context, pinned, "parent key");
  if (!created) return std::nullopt;
  return ParentKeyMaker::Transient(std::move(*created));
}

bool IsParentThere(const Context &context, const PinnedKey &pinned) {
  if (pinned.handle) {
    const std::optional<PublicArea> area = ReadPublicAt(context, *pinned.handle);
    if (area && ConstantTimeEqual(area->Marshalled(), pinned.area.Marshalled())) return true;
  }
  return CreatePinned(context, pinned, "parent key").has_value();
}

ParentKey ParentFromSaltKey(const Context &context, const SaltKey &salt_key,
                            const PinnedKey &pinned) {
  return ParentKeyMaker::Persistent(context, salt_key.tr(), pinned);
}

std::optional<KeyAtHandle> KeyAtHandle::Look(const Context &context, std::uint32_t handle) {
  const EsysTr tr = OpenPersistent(context, handle);
  if (tr == EsysTr::kNone) return std::nullopt;
  std::optional<PublicArea> area = AreaThatEsysUses(context, tr);
  if (area) return KeyAtHandle(context, tr, std::move(*area));
  Close(context, tr);
  return std::nullopt;
}

KeyAtHandle::~KeyAtHandle() {
  if (tr_ != EsysTr::kNone) Close(*context_, tr_);
}

bool KeyAtHandle::NeedsPassword() const {
  if (!area_.Has(ObjectAttributes::kNoDa)) return false;
  // The blobs are invalid, so nothing is loaded. A TPM checks the authorization before it reads
  // them.
  TPM2B_PRIVATE nothing{};
  nothing.size = 2;
  TPM2B_PUBLIC area{};
  area.publicArea.type = TPM2_ALG_KEYEDHASH;
  area.publicArea.nameAlg = TPM2_ALG_SHA256;
  area.publicArea.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL;
  TransientObject never(*context_);
  const TSS2_RC code = context_->Retry([&] {
    return Esys_Load(context_->esys(), Raw(tr_), ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                     &nothing, &area, never.out());
  });
  // A damaged answer says nothing of a password.
  if (!rc::IsFromTpm(code)) context_->Check("TPM2_Load", code);
  return rc::IsAuthRefused(code);
}

bool KeyAtHandle::IsPrimaryOf(Hierarchy hierarchy) const {
  EsysPtr<TPM2B_PUBLIC> area;
  EsysPtr<TPM2B_NAME> name;
  EsysPtr<TPM2B_NAME> qualified;
  context_->Check("TPM2_ReadPublic",
                  Esys_ReadPublic(context_->esys(), Raw(tr_), ESYS_TR_NONE, ESYS_TR_NONE,
                                  ESYS_TR_NONE, OutPtr(area), OutPtr(name), OutPtr(qualified)));
  const char *hash = HashName(area->publicArea.nameAlg);
  if (hash == nullptr || qualified->size < 2) return false;
  const TPM2_HANDLE root =
      hierarchy == Hierarchy::kEndorsement ? TPM2_RH_ENDORSEMENT : TPM2_RH_OWNER;
  Bytes input;
  for (int shift = 24; shift >= 0; shift -= 8) {
    input.push_back(static_cast<std::uint8_t>(root >> shift & 0xff));
  }
  const Bytes own = PublicArea(*area).Name();
  input.insert(input.end(), own.begin(), own.end());
  const Bytes expected = Digest(hash, input);
  return std::equal(expected.begin(), expected.end(), qualified->name + 2,
                    qualified->name + qualified->size);
}

std::optional<PublicArea> ReadPublicAt(const Context &context, std::uint32_t handle) {
  const auto key = KeyAtHandle::Look(context, handle);
  return key ? std::optional(key->area()) : std::nullopt;
}

}  // namespace tpm2_sealed
