// SPDX-License-Identifier: LGPL-2.1-or-later
// ObjectLoader: a token's sealed object, loaded under its parent wherever that is now, and never
// with an authorization for somebody else's key.
#pragma once

#include <optional>

#include "lib/sealed/sealed_token.h"
#include "lib/tpm/key/primary.h"
#include "lib/tpm/link/context.h"
#include "lib/tpm/session/negotiate.h"

namespace tpm2_sealed {

class ObjectLoader {
 public:
  // `carried` says whether somebody has typed a PIN for it.
  ObjectLoader(const Context &context, const SealedToken &token, Carried carried)
      : context_(context), token_(token), carried_(carried) {}

  // Looks what is at the parent's handle, before there is anything that a resource manager would
  // have to swap. To be called after the salt key was opened (tpm/key/primary.h).
  void FindParent();
  // A parent that was opened already, in the place of FindParent.
  void TakeParent(ParentKey parent) { at_handle_ = std::move(parent); }
  // Releases the salt key, unless that is the parent. Throws Error: kWrongTpm where the object
  // loads under none of this TPM's keys, kLockout where a key is subject to it.
  TransientObject Load(SaltKey &salt_key);

 private:
  bool IsSaltKeyParent() const;
  // Whether it did.
  bool LoadUnder(const ParentKey &parent);
  [[noreturn]] void ThrowNotLoaded() const;

  const Context &context_;
  const SealedToken &token_;
  Carried carried_;
  std::optional<ParentKey> at_handle_;
  std::optional<TransientObject> object_;
  enum class Obstacle { kNone, kLockout, kNotRisked, kPassword } obstacle_ = Obstacle::kNone;
};

}  // namespace tpm2_sealed
