// SPDX-License-Identifier: LGPL-2.1-or-later
// KeyslotGuard: decides which keyslots a command may destroy. Only the header says which keyslots
// are a token's, and whoever writes the disk can change that: a forged token may name the keyslot
// of the admin's passphrase. So it is not enough that a token names a keyslot.
// tests/integration/keyslots.test shows this.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/luks/volume.h"

namespace tpm2_sealed {

class KeyslotGuard {
 public:
  // `authorization` is the command's, or nullptr while it has none. It must outlive this object.
  KeyslotGuard(const Volume &volume, const Authorization *authorization)
      : volume_(volume), authorization_(authorization) {}

  // Returns why the keyslot has to stay, in words that go on from "keyslot 0"; nullopt if it may be
  // destroyed.
  std::optional<std::string> WhyKept(int keyslot) const;
  // Returns the first of them that has to stay, and why, as "keyslot 0 ..."; nullopt if all may be
  // destroyed.
  std::optional<std::string> WhyOneIsKept(const std::vector<int> &keyslots) const;

 private:
  const Volume &volume_;
  const Authorization *authorization_;
};

// Returns the keyslots that the token names and no other token does.
std::vector<int> OwnKeyslots(const Volume &volume, int token);
// Returns whether another active keyslot stays if these are removed. True if `keyslots` is empty.
bool LeavesAWayIn(const Volume &volume, const std::vector<int> &keyslots);
// Returns "keyslot 1" or "keyslots 1 and 2"; an empty string for none.
std::string NameKeyslots(const std::vector<int> &keyslots);

// kRemove destroys the token's keyslots whatever they look like: for `remove --force`.
enum class Unusual { kRefuse, kRemove };

// Throws Error(kNotSupported) if no keyslot but the token's own would be left, or, unless kRemove,
// if one of its own may not be destroyed.
void CheckRemovable(const Volume &volume, int token, const KeyslotGuard &guard, Unusual unusual);

struct RemoveResult {
  std::vector<int> keyslots;   // removed with it: those that no other token uses
  std::vector<int> remaining;  // keyslots that are left
};

// Removes `token` and its keyslots. Throws Error as CheckRemovable does; then nothing was changed.
RemoveResult RemoveToken(Volume &volume, int token, const KeyslotGuard &guard, Unusual unusual);

}  // namespace tpm2_sealed
