// SPDX-License-Identifier: LGPL-2.1-or-later
// SealedObject: a secret sealed by the TPM, as the two blobs that TPM2_Create returned. They
// contain nothing of this project's own: any TPM 2.0 software can load and unseal them.
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

// In bytes: every TPM accepts so many (MAX_SYM_DATA, TPM 2.0 Part 2, section 11.1.15). The TSS
// would allow 256.
inline constexpr std::size_t kMaxSealedSize = 128;

// The secret of an object and its authValue: TPMS_SENSITIVE_CREATE (Part 2, section 11.1.15).
struct Sensitive {
  ByteView data;        // the secret: 1 to kMaxSealedSize bytes
  ByteView auth_value;  // empty, or at most 32 bytes that do not end in a zero byte
};

// kLockout: the parent is subject to dictionary-attack protection, and the TPM is locked.
// kAuthRefused: the parent has a password; if it is subject to that protection, the TPM has counted
// a try. Another parent may still work; if none does, the user has to know this.
enum class LoadRefusal { kNotUnderParent, kAuthRefused, kLockout };

// The part of a message that says so.
extern const char *const kTryLost;

class SealedObject {
 public:
  // Takes a marshalled TPM2B_PUBLIC and TPM2B_PRIVATE. Throws Error(kBadToken) unless both are
  // complete, the object is a sealed data object (KEYEDHASH, scheme NULL) and userWithAuth is
  // clear, so that only the policy opens it.
  static SealedObject Parse(ByteView public_area, ByteView private_area);

  const PublicArea &public_area() const noexcept { return public_area_; }
  const Bytes &MarshalledPrivate() const noexcept { return private_area_; }
  ByteView AuthPolicy() const;

  // TPM2_Load under `parent`. Returns the loaded object, or why the TPM refused it.
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

// TPM2_Create. The session encrypts secret and authValue on the way to the TPM (inSensitive,
// "decrypt"). Throws Error.
SealedObject Seal(const Context &context, const ParentKey &parent, const HmacSession &session,
                  const Sensitive &sensitive, const Policy &policy);

// kPcrChanged: PCRs changed after the policy was checked; start again with a new session.
// kAuthRefused: the authValue is wrong, and the TPM has counted the try. kLockout: the TPM did not
// check the authValue.
enum class UnsealRefusal { kPcrChanged, kAuthRefused, kLockout };

// TPM2_Unseal. The session encrypts the secret on the way back (outData, "encrypt"). `session` must
// have satisfied the object's policy; success ends it. `auth_value` has the form of
// Sensitive::auth_value, and is empty without a PIN. Throws Error(kPolicyMismatch) if the policy is
// not the object's.
std::variant<SecretBytes, UnsealRefusal> Unseal(const Context &context,
                                                const TransientObject &object,
                                                PolicySession &session, ByteView auth_value);

// TPM2_GetRandom. The session encrypts the bytes on the way back.
SecretBytes TpmRandom(const Context &context, const HmacSession &session, std::size_t size);

}  // namespace tpm2_sealed
