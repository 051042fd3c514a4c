// SPDX-License-Identifier: LGPL-2.1-or-later
// KeyslotGuard: which keyslots a command may destroy. Which are a token's the header says, and
// whoever writes the disk can have it say anything: a token of his may name the keyslot of the
// admin's passphrase. So what a token names is not enough. Shown by
// tests/integration/keyslots.test.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/luks/volume.h"

namespace tpm2_sealed {

class KeyslotGuard {
 public:
  // `authorization`: of the command, or nullptr while there is none; outlives this.
  KeyslotGuard(const Volume &volume, const Authorization *authorization)
      : volume_(volume), authorization_(authorization) {}

  // Why the keyslot stays, in words that go on from "keyslot 0"; nothing if it may go.
  std::optional<std::string> WhyKept(int keyslot) const;
  // The first of them that stays, as "keyslot 0 ..."; nothing if all may go.
  std::optional<std::string> WhyOneIsKept(const std::vector<int> &keyslots) const;

 private:
  const Volume &volume_;
  const Authorization *authorization_;
};

// The keyslots that the token names and no other token does.
std::vector<int> OwnKeyslots(const Volume &volume, int token);
// Whether a keyslot that opens the volume stays if these go. Taking none leaves it as it is.
bool LeavesAWayIn(const Volume &volume, const std::vector<int> &keyslots);
// "keyslot 1", "keyslots 1 and 2"; empty for none.
std::string NameKeyslots(const std::vector<int> &keyslots);

// `token` goes whatever its keyslots look like: for `remove --force`, which names it.
enum class Unusual { kRefuse, kRemove };

// Throws Error(kNotSupported) if no keyslot would be left without the token's own, or if one of
// them may not go.
void CheckRemovable(const Volume &volume, int token, const KeyslotGuard &guard, Unusual unusual);

struct RemoveResult {
  std::vector<int> keyslots;   // removed with it: those that no other token uses
  std::vector<int> remaining;  // keyslots that are left
};

// Removes `token` and its keyslots. Throws Error as CheckRemovable does, with nothing changed.
RemoveResult RemoveToken(Volume &volume, int token, const KeyslotGuard &guard, Unusual unusual);

}  // namespace tpm2_sealed
