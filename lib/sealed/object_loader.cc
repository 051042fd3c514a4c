// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/sealed/object_loader.h"

#include <string>

#include "lib/base/budget.h"
#include "lib/base/error.h"
#include "lib/base/secret.h"
#include "lib/tpm/lockout.h"

namespace tpm2_sealed {
namespace {

// Returns whether a persistent parent without noDA may be used. It had no password when the token
// was made, but another key with the same public area may be at its handle now. Where nobody typed
// anything, a try is risked only while the TPM counts none, so that boots do not use up the tries
// one by one. tests/integration/parents.test shows this.
bool MayRiskTry(const Context &context, Carried carried) {
  const Lockout lockout = ReadLockout(context);
  if (!IsCounting(lockout)) return true;
  if (lockout.locked) return false;
  return carried == Carried::kPin ? TriesLeft(lockout) >= Budget::kTriesToGoOn
                                  : lockout.counter == 0;
}

}  // namespace

bool ObjectLoader::IsSaltKeyParent() const {
  return ConstantTimeEqual(token_.parent.area.Marshalled(), token_.salt_key.area.Marshalled());
}

void ObjectLoader::FindParent() {
  if (!IsSaltKeyParent() && !at_handle_) at_handle_ = OpenParentAtHandle(context_, token_.parent);
}

bool ObjectLoader::LoadUnder(const ParentKey &parent) {
  if (parent.is_protected() && !MayRiskTry(context_, carried_)) {
    obstacle_ = Obstacle::kNotRisked;
    return false;
  }
  auto result = token_.object.Load(context_, parent);
  if (auto *loaded = std::get_if<TransientObject>(&result)) {
    object_ = std::move(*loaded);
    return true;
  }
  switch (std::get<LoadRefusal>(result)) {
    case LoadRefusal::kLockout:
      obstacle_ = Obstacle::kLockout;
      break;
    case LoadRefusal::kAuthRefused:
      if (parent.is_protected()) obstacle_ = Obstacle::kPassword;
      break;
    case LoadRefusal::kNotUnderParent:
      break;
  }
  return false;
}

TransientObject ObjectLoader::Load(SaltKey &salt_key) {
  if (IsSaltKeyParent()) {
    if (LoadUnder(ParentFromSaltKey(context_, salt_key, token_.parent))) return std::move(*object_);
  } else {
    salt_key.Release();
    const bool loaded = at_handle_ && LoadUnder(*at_handle_);
    if (at_handle_) at_handle_->Release();
    if (loaded) return std::move(*object_);
    // The key was evicted, or another one was put there. On the same TPM the template gives the
    // same key again.
    const auto created = CreateParent(context_, token_.parent);
    if (created && LoadUnder(*created)) return std::move(*object_);
  }
  ThrowNotLoaded();
}

void ObjectLoader::ThrowNotLoaded() const {
  constexpr const char *kWait =
      "use another passphrase and wait, or reset the lockout with its authorization";
  switch (obstacle_) {
    case Obstacle::kNone:
      break;
    case Obstacle::kLockout:
      throw Error(
          Reason::kLockout,
          "the TPM is in dictionary-attack lockout, and the token's parent key is subject to it",
          kWait);
    case Obstacle::kNotRisked:
      throw Error(Reason::kLockout,
                  "the TPM counts wrong tries now, or is in dictionary-attack lockout, and the "
                  "token's parent key is subject to that: if it has a password now, using it would "
                  "cost another try",
                  kWait);
    case Obstacle::kPassword:
      throw Error(Reason::kWrongTpm,
                  std::string("the token's parent key has a password now") + kTryLost,
                  "use another passphrase, then enroll again with another --parent");
  }
  throw Error(Reason::kWrongTpm,
              "the sealed object does not belong to this TPM, or its parent key is gone: the token "
              "belongs to another TPM, or this one was cleared",
              "use another passphrase, then enroll again");
}

}  // namespace tpm2_sealed
