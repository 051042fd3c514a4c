// SPDX-License-Identifier: LGPL-2.1-or-later
// ObjectLoader: loads a token's sealed object under its parent, wherever that is now, and never
// authorizes the use of somebody else's key.
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

  // Looks up what is at the parent's handle, before anything exists that a resource manager would
  // have to swap. The caller opens the salt key first (tpm/key/primary.h).
  void FindParent();
  // Takes a parent that was opened already; called instead of FindParent.
  void TakeParent(ParentKey parent) { at_handle_ = std::move(parent); }
  // Releases the salt key, unless that is the parent. Throws Error(kWrongTpm) if the object loads
  // under none of this TPM's keys, Error(kLockout) if a key is subject to the dictionary-attack
  // lockout.
  TransientObject Load(SaltKey &salt_key);

 private:
  bool IsSaltKeyParent() const;
  // Returns whether the object was loaded.
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
