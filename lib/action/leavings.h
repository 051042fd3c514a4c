// SPDX-License-Identifier: LGPL-2.1-or-later
// Leavings: what interrupted commands left in a header, and putting it right. All that says so is
// the header itself, which others write, too; so a mark alone does not decide. Shown by
// tests/integration/keyslots.test.
#pragma once

#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/luks/volume.h"

namespace tpm2_sealed {

// The tokens that say that a command of ours is still at work on them, without a valid mac: a
// finished one has that, and its mark is somebody else's. Without an authorization none is checked.
std::vector<int> PendingTokens(const Volume &volume, const Authorization *authorization);

// With its keyslots, unless they are the last way in or may not go; then it stays, for without its
// token a keyslot opens nothing. `notes`: what was removed, or why not, in sentences.
void RemoveLeaving(Volume &volume, int token, const Authorization &authorization,
                   std::vector<std::string> &notes);

// Takes the mark from tokens that were finished: it was not ours.
void ClearFalseMarks(Volume &volume, const Authorization &authorization,
                     std::vector<std::string> &notes);

struct Replacement {
  int token = -1;         // in the place of others ("replaces")
  std::vector<int> olds;  // those it has replaced; empty if they are gone
};

// The tokens whose mark is to be followed: with an authorization those whose mac is valid; without,
// those that may prove to be. One that opens nothing has replaced nothing; and a chain, which no
// command of ours makes, is left alone.
std::vector<Replacement> FindReplacements(const Volume &volume, const Authorization *authorization);

// Removes what tokens have replaced, and their mark.
void FinishReplacements(Volume &volume, const Authorization &authorization,
                        std::vector<std::string> &notes);

}  // namespace tpm2_sealed
