// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/action/keyslot_guard.h"

#include <algorithm>

#include "lib/base/error.h"
#include "lib/base/words.h"

namespace tpm2_sealed {

std::optional<std::string> KeyslotGuard::WhyKept(int keyslot) const {
  if (authorization_ != nullptr && keyslot == authorization_->keyslot) {
    if (authorization_->after == AfterUse::kReplaced) return std::nullopt;
    return "is what authorises this change";
  }
  // This comes before the passphrase is tried, which may take seconds: a keyslot that does not look
  // like ours stays in any case.
  if (!volume_.IsOfOurForm(keyslot)) {
    return "does not look like one of this software (PBKDF2 with 1000 iterations), and may be that "
           "of a passphrase";
  }
  if (authorization_ == nullptr || authorization_->passphrase.empty() ||
      !volume_.PassphraseOpens(keyslot, authorization_->passphrase.view())) {
    return std::nullopt;
  }
  if (authorization_->after == AfterUse::kReplaced) return std::nullopt;
  return "is opened by the passphrase that authorises this change";
}

std::optional<std::string> KeyslotGuard::WhyOneIsKept(const std::vector<int> &keyslots) const {
  for (const int keyslot : keyslots) {
    if (const auto why = WhyKept(keyslot)) return "keyslot " + std::to_string(keyslot) + " " + *why;
  }
  return std::nullopt;
}

std::vector<int> OwnKeyslots(const Volume &volume, int token) {
  std::vector<int> own;
  for (const int keyslot : volume.KeyslotsOf(token)) {
    if (!volume.OtherTokenUses(keyslot, token)) own.push_back(keyslot);
  }
  return own;
}

bool LeavesAWayIn(const Volume &volume, const std::vector<int> &keyslots) {
  return keyslots.empty() || std::ranges::any_of(volume.ActiveKeyslots(), [&](int active) {
           return std::ranges::find(keyslots, active) == keyslots.end();
         });
}

std::string NameKeyslots(const std::vector<int> &keyslots) {
  if (keyslots.empty()) return "";
  std::vector<std::string> names;
  for (const int keyslot : keyslots) names.push_back(std::to_string(keyslot));
  return (keyslots.size() == 1 ? "keyslot " : "keyslots ") + JoinWords(names);
}

void CheckRemovable(const Volume &volume, int token, const KeyslotGuard &guard, Unusual unusual) {
  const std::vector<int> own = OwnKeyslots(volume, token);
  const std::string name = "token " + std::to_string(token);
  if (!LeavesAWayIn(volume, own)) {
    throw Error(Reason::kNotSupported,
                name + " is the last way into " + volume.device() +
                    ": no keyslot would be left but " + NameKeyslots(own) + ", which it names",
                "add a passphrase first: 'cryptsetup luksAddKey " + volume.device() + "'");
  }
  const auto kept = guard.WhyOneIsKept(own);
  if (!kept || unusual == Unusual::kRemove) return;
  throw Error(Reason::kNotSupported,
              name + " names a keyslot that would go with it: " + *kept + "; nothing was changed",
              "'cryptsetup token remove --token-id " + std::to_string(token) + " " +
                  volume.device() + "' removes the token alone, --force destroys " +
                  NameKeyslots(own) + " as well");
}

RemoveResult RemoveToken(Volume &volume, int token, const KeyslotGuard &guard, Unusual unusual) {
  CheckRemovable(volume, token, guard, unusual);
  RemoveResult result;
  const std::vector<int> own = OwnKeyslots(volume, token);
  // The keyslots are removed first: a token without a keyslot is harmless and can be removed again,
  // but nothing would know of a keyslot without a token.
  for (const int keyslot : own) {
    volume.RemoveKeyslot(keyslot);
    result.keyslots.push_back(keyslot);
  }
  volume.RemoveToken(token);
  result.remaining = volume.ActiveKeyslots();
  return result;
}

}  // namespace tpm2_sealed
