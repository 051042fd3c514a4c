// SPDX-License-Identifier: LGPL-2.1-or-later
// Leavings: finds what interrupted commands left in a header, and puts it right. Only the header
// itself says what was left, and others can write it; so a mark alone does not decide.
// tests/integration/keyslots.test shows this.
#pragma once

#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/luks/volume.h"

namespace tpm2_sealed {

// Returns the tokens that are marked as pending and have no valid mac. A token with a valid mac was
// finished, so somebody else has marked it. Without an authorization no mac is checked.
std::vector<int> PendingTokens(const Volume &volume, const Authorization *authorization);

// Removes the token with its keyslots. If these are the last way in, or may not be destroyed, the
// token stays, since a keyslot opens nothing without it. Adds sentences to `notes` that say what
// was removed, or why not.
void RemoveLeaving(Volume &volume, int token, const Authorization &authorization,
                   std::vector<std::string> &notes);

// Removes the pending mark from tokens that were finished: no command of ours left it there.
void ClearFalseMarks(Volume &volume, const Authorization &authorization,
                     std::vector<std::string> &notes);

struct Replacement {
  int token = -1;         // the one that replaces others ("replaces")
  std::vector<int> olds;  // those that it has replaced; empty if they are gone
};

// Returns the tokens whose "replaces" mark is to be followed. With an authorization their mac is
// valid; without one it may prove to be. A token without a keyslot has replaced nothing, and a
// chain, which no command of ours makes, is left alone.
std::vector<Replacement> FindReplacements(const Volume &volume, const Authorization *authorization);

// Removes the tokens that others have replaced, and then the marks that say so.
void FinishReplacements(Volume &volume, const Authorization &authorization,
                        std::vector<std::string> &notes);

}  // namespace tpm2_sealed
