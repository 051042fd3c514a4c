// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/sealed_object.h"

#include <tss2/tss2_mu.h>
#include <algorithm>

#include "lib/base/error.h"
#include "lib/tpm/link/esys.h"
#include "lib/tpm/link/esys_memory.h"
#include "lib/tpm/link/rc.h"
#include "lib/tpm/link/stray.h"

namespace tpm2_sealed {
namespace {

// Owns an ESYS out-parameter that holds a secret, and wipes it before it frees it.
template <typename T>
struct EsysWipe {
  void operator()(T *memory) const noexcept {
    explicit_bzero(memory, sizeof *memory);
    Esys_Free(memory);
  }
};
template <typename T>
using EsysSecretPtr = std::unique_ptr<T, EsysWipe<T>>;

// TCG names this object "sealed data object" (Part 1, section 27.7). fixedTPM and fixedParent keep
// it from being made under a parent that somebody imported: no TPM accepts that. userWithAuth is
// clear, so that only the policy opens it. Without a PIN, noDA is set, or a lockout that somebody
// else caused would keep the machine from booting. With a PIN it is clear, or guessing would cost
// no tries.
TPM2B_PUBLIC SealedTemplate(const Policy &policy) {
  TPM2B_PUBLIC area{};
  area.publicArea.type = TPM2_ALG_KEYEDHASH;
  area.publicArea.nameAlg = TPM2_ALG_SHA256;
  const ObjectAttributes without_pin =
      policy.Find<AuthValueStep>() == nullptr ? ObjectAttributes::kNoDa : ObjectAttributes::kNone;
  area.publicArea.objectAttributes =
      Raw(ObjectAttributes::kFixedTpm | ObjectAttributes::kFixedParent |
          ObjectAttributes::kAdminWithPolicy | without_pin);
  const Bytes digest = policy.Digest();
  area.publicArea.authPolicy.size = static_cast<UINT16>(digest.size());
  std::copy(digest.begin(), digest.end(), area.publicArea.authPolicy.buffer);
  area.publicArea.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL;
  return area;
}

template <typename Tpm2b>
void CopyTo(Tpm2b &out, ByteView bytes) {
  out.size = static_cast<UINT16>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), out.buffer);
}

// Returns nullopt unless `bytes` is exactly one TPM2B_PRIVATE.
std::optional<TPM2B_PRIVATE> UnmarshalPrivate(ByteView bytes) {
  TPM2B_PRIVATE area{};
  std::size_t offset = 0;
  const TSS2_RC code = Tss2_MU_TPM2B_PRIVATE_Unmarshal(bytes.data(), bytes.size(), &offset, &area);
  const bool whole = code == TSS2_RC_SUCCESS && offset == bytes.size() && area.size != 0;
  return whole ? std::optional(area) : std::nullopt;
}

Bytes MarshalPrivate(const TPM2B_PRIVATE &area) {
  Bytes bytes(sizeof area);
  std::size_t size = 0;
  rc::Check("marshalling TPM2B_PRIVATE",
            Tss2_MU_TPM2B_PRIVATE_Marshal(&area, bytes.data(), bytes.size(), &size));
  bytes.resize(size);
  return bytes;
}

}  // namespace

const char *const kTryLost = ", and finding that out has cost one of the TPM's tries";

SealedObject SealedObject::Parse(ByteView public_area, ByteView private_area) {
  const PublicArea area = PublicArea::Parse(public_area, "token field sealed.public");
  const char *problem = nullptr;
  if (area->type != TPM2_ALG_KEYEDHASH ||
      area->parameters.keyedHashDetail.scheme.scheme != TPM2_ALG_NULL) {
    problem = "the sealed object is not a sealed data object (KEYEDHASH with scheme NULL)";
  } else if (area.Has(ObjectAttributes::kUserWithAuth)) {
    problem = "the sealed object has userWithAuth set: it would open without its policy";
  }
  if (!UnmarshalPrivate(private_area)) {
    problem = "token field sealed.private is not a TPM2B_PRIVATE";
  }
  if (problem != nullptr) throw Error(Reason::kBadToken, problem);
  return SealedObject(area, Bytes(private_area.begin(), private_area.end()));
}

ByteView SealedObject::AuthPolicy() const {
  return {public_area_->authPolicy.buffer, public_area_->authPolicy.size};
}

std::variant<TransientObject, LoadRefusal> SealedObject::Load(const Context &context,
                                                              const ParentKey &parent) const {
  const TPM2B_PRIVATE private_area = UnmarshalPrivate(private_area_).value();
  TransientObject object(context);
  const TSS2_RC code = context.Retry([&] {
    return Esys_Load(context.esys(), Raw(parent.tr()), ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                     &private_area, &public_area_.tpm2b(), object.out());
  });
  FlushStrayObjects(context, code, [&](const PublicArea &area) {
    return area.Marshalled() == public_area_.Marshalled();
  });
  if (rc::IsAuthRefused(code)) return LoadRefusal::kAuthRefused;
  if (rc::IsNotUnderParent(code)) return LoadRefusal::kNotUnderParent;
  if (rc::IsLockout(code)) return LoadRefusal::kLockout;
  context.Check("TPM2_Load", code);
  return object;
}

SealedObject Seal(const Context &context, const ParentKey &parent, const HmacSession &session,
                  const Sensitive &sensitive, const Policy &policy) {
  if (sensitive.data.empty() || sensitive.data.size() > kMaxSealedSize) {
    throw Error(Reason::kNotSupported,
                "a secret of " + std::to_string(sensitive.data.size()) + " bytes cannot be sealed",
                "it must have 1 to 128 bytes");
  }
  Wiped<TPM2B_SENSITIVE_CREATE> in_sensitive;
  CopyTo(in_sensitive->sensitive.data, sensitive.data);
  CopyTo(in_sensitive->sensitive.userAuth, sensitive.auth_value);
  const TPM2B_PUBLIC object_template = SealedTemplate(policy);
  const TPM2B_DATA no_data{};
  const TPML_PCR_SELECTION no_pcrs{};
  EsysPtr<TPM2B_PRIVATE> private_area;
  EsysPtr<TPM2B_PUBLIC> public_area;
  EsysPtr<TPM2B_CREATION_DATA> creation_data;
  EsysPtr<TPM2B_DIGEST> creation_hash;
  EsysPtr<TPMT_TK_CREATION> ticket;
  const WipedInput wiped(context);
  const TSS2_RC code = Esys_Create(context.esys(), Raw(parent.tr()), Raw(session.BothWays()),
                                   ESYS_TR_NONE, ESYS_TR_NONE, in_sensitive.get(), &object_template,
                                   &no_data, &no_pcrs, OutPtr(private_area), OutPtr(public_area),
                                   OutPtr(creation_data), OutPtr(creation_hash), OutPtr(ticket));
  if (rc::IsAuthRefused(code)) {
    throw Error(Reason::kNotSupported,
                "the parent key has a password (" + rc::Format(code) + ")" +
                    (parent.is_protected() ? kTryLost : ""),
                "choose another with --parent, for instance srk-ecc-p256");
  }
  context.Check("TPM2_Create", code);
  return SealedObject(PublicArea(*public_area), MarshalPrivate(*private_area));
}

std::variant<SecretBytes, UnsealRefusal> Unseal(const Context &context,
                                                const TransientObject &object,
                                                PolicySession &session, ByteView auth_value) {
  std::optional<KnownAuth> auth;
  if (!auth_value.empty()) {
    auth.emplace(context, object.tr(), auth_value);
    auth->ForgetIn(session.ForPolicy());
  }
  EsysSecretPtr<TPM2B_SENSITIVE_DATA> data;
  const TSS2_RC code = Esys_Unseal(context.esys(), Raw(object.tr()), Raw(session.ForLastUse()),
                                   ESYS_TR_NONE, ESYS_TR_NONE, OutPtr(data));
  context.WipeLastExchange();
  if (rc::IsPcrChanged(code)) return UnsealRefusal::kPcrChanged;
  if (rc::IsAuthRefused(code)) return UnsealRefusal::kAuthRefused;
  if (rc::IsLockout(code)) return UnsealRefusal::kLockout;
  context.Check("TPM2_Unseal", code);
  session.Ended();
  if (data->size == 0) throw Error(Reason::kNoTpm, "the TPM unsealed an empty secret");
  return SecretBytes::CopyOf({data->buffer, data->size});
}

SecretBytes TpmRandom(const Context &context, const HmacSession &session, std::size_t size) {
  SecretBytes random(size);
  std::size_t done = 0;
  while (done < size) {
    EsysSecretPtr<TPM2B_DIGEST> bytes;
    const TSS2_RC code =
        Esys_GetRandom(context.esys(), Raw(session.AnswerOnly()), ESYS_TR_NONE, ESYS_TR_NONE,
                       static_cast<UINT16>(size - done), OutPtr(bytes));
    context.WipeLastExchange();
    context.Check("TPM2_GetRandom", code);
    // A TPM may return fewer bytes than requested (Part 3, section 16.1), but at least one.
    if (bytes->size == 0 || bytes->size > size - done) {
      throw Error(Reason::kNoTpm, "the TPM's random generator gave an answer of the wrong size");
    }
    std::copy_n(bytes->buffer, bytes->size, random.data() + done);
    done += bytes->size;
  }
  return random;
}

}  // namespace tpm2_sealed
