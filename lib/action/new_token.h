// SPDX-License-Identifier: LGPL-2.1-or-later
// NewToken: writes a token and its keyslot into a header, and puts right what interrupted commands
// left. Nothing is lost wherever it is interrupted: SECURITY.md, "Nothing is lost".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/action/proof.h"
#include "lib/action/seal.h"
#include "lib/base/secret.h"
#include "lib/format/token_record.h"
#include "lib/luks/volume.h"

namespace tpm2_sealed {

// Throws Error(kBusy) or Error(kBadDevice) if the volume has no room for another token and keyslot,
// even after all leavings of interrupted commands that may be removed are removed.
void CheckRoom(const Volume &volume, std::optional<int> keyslot);

// A token that is to be sealed and added.
struct NewTokenPlan {
  const SealRequest &request;
  const ChosenKeys &keys;
  const std::optional<PcrValues> &pcrs;
  std::optional<int> keyslot = std::nullopt;  // nullopt: the first free one
  const TokenRecord *replaced = nullptr;      // all but secret and PIN is taken from it
};

struct NewToken {
  int token = -1;
  int keyslot = -1;
  SealResult sealed;
  Proved proved = Proved::kOpened;
};

// Seals a fresh secret, and proves the token by opening it (proof.h). Only then writes it into the
// header: first the token, marked as pending and without a keyslot (harmless by itself); then
// keyslot and assignment in one write; at last the mac, with the mark removed. Before the last
// write libcryptsetup opens the keyslot with the token as the header has it. If it throws Error,
// nothing is left of the attempt.
//
// Also puts right what interrupted commands left: first, if it is in the way, otherwise afterwards.
// A leaving that may open the volume, or has the last keyslot, is removed only afterwards. A token
// that this one replaces is removed at the end. Adds sentences to `notes` that say what was
// removed, and what was left and why.
NewToken AddSealedToken(Volume &volume, Tpm &tpm, const NewTokenPlan &plan,
                        const Authorization &authorization, std::vector<std::string> &notes);

// Does the last write of a token: removes the pending mark and adds the mac.
void FinishToken(Volume &volume, const SecretBytes &volume_key, int token);

}  // namespace tpm2_sealed
