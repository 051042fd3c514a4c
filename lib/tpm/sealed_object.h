// SPDX-License-Identifier: LGPL-2.1-or-later
// SealedObject: a secret sealed by the TPM, as the two blobs that TPM2_Create returned. Nothing of
// ours is in them: any TPM 2.0 software can load and unseal them.
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "lib/base/bytes.h"
#include "lib/base/secret.h"
#include "lib/tpm/key/primary.h"
#include "lib/tpm/link/context.h"
#include "lib/tpm/link/public_area.h"
#include "lib/tpm/policy/policy.h"
#include "lib/tpm/session/session.h"

namespace tpm2_sealed {

// TPM 2.0 Part 2, section 11.1.15 (MAX_SYM_DATA): what every TPM takes. The TSS would allow 256.
inline constexpr std::size_t kMaxSealedSize = 128;

// What goes into an object and how it is asked for: TPMS_SENSITIVE_CREATE (Part 2,
// section 11.1.15).
struct Sensitive {
  ByteView data;        // the secret: 1 to kMaxSealedSize bytes
  ByteView auth_value;  // empty, or at most 32 bytes that do not end in a zero byte
};

// kLockout: the parent is subject to dictionary-attack protection. kAuthRefused: it has a password,
// and if it is subject to that protection, the TPM has counted a try. Another parent may still do,
// but if none does this is what the user has to know.
enum class LoadRefusal { kNotUnderParent, kAuthRefused, kLockout };

// What is said then.
extern const char *const kTryLost;

class SealedObject {
 public:
  // Marshalled TPM2B_PUBLIC and TPM2B_PRIVATE. Throws Error(kBadToken) unless both are complete,
  // the object is a sealed one (KEYEDHASH, scheme NULL) and userWithAuth is clear, so that only
  // the policy opens it.
  static SealedObject Parse(ByteView public_area, ByteView private_area);

  const PublicArea &public_area() const noexcept { return public_area_; }
  const Bytes &MarshalledPrivate() const noexcept { return private_area_; }
  ByteView AuthPolicy() const;

  // Loaded under `parent`, or why it is not.
  std::variant<TransientObject, LoadRefusal> Load(const Context &context,
                                                  const ParentKey &parent) const;

 private:
  friend SealedObject Seal(const Context &, const ParentKey &, const HmacSession &,
                           const Sensitive &, const Policy &);
  SealedObject(const PublicArea &public_area, Bytes private_area)
      : public_area_(public_area), private_area_(std::move(private_area)) {}

  PublicArea public_area_;
  Bytes private_area_;  // marshalled TPM2B_PRIVATE
};

// TPM2_Create: secret and authValue go to the TPM encrypted by the session (inSensitive,
// "decrypt"). Throws Error.
SealedObject Seal(const Context &context, const ParentKey &parent, const HmacSession &session,
                  const Sensitive &sensitive, const Policy &policy);

// kPcrChanged: since the policy was checked; start again with a new session. kAuthRefused: not the
// object's authValue, and the TPM has counted it. kLockout: it was not even looked at.
enum class UnsealRefusal { kPcrChanged, kAuthRefused, kLockout };

// TPM2_Unseal: the secret comes back encrypted by the session (outData, "encrypt"). `session` must
// have the object's policy satisfied; success ends it. `auth_value`: the object's, empty without a
// PIN, as in Sensitive. Throws Error(kPolicyMismatch) if the policy is not the object's.
std::variant<SecretBytes, UnsealRefusal> Unseal(const Context &context,
                                                const TransientObject &object,
                                                PolicySession &session, ByteView auth_value);

// Random bytes from the TPM, encrypted on their way (TPM2_GetRandom).
SecretBytes TpmRandom(const Context &context, const HmacSession &session, std::size_t size);

}  // namespace tpm2_sealed
