// SPDX-License-Identifier: LGPL-2.1-or-later
// NewToken: how a token and its keyslot come into a header, and what an interrupted command left is
// put right. Nothing is lost wherever it is interrupted: SECURITY.md, "Nothing is lost".
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
// also once what interrupted commands left is gone as far as it may go.
void CheckRoom(const Volume &volume, std::optional<int> keyslot);

// A token that is to be sealed, and added.
struct NewTokenPlan {
  const SealRequest &request;
  const ChosenKeys &keys;
  const std::optional<PcrValues> &pcrs;
  std::optional<int> keyslot = std::nullopt;  // nothing: the first free one
  const TokenRecord *replaced = nullptr;      // all but secret and PIN is this token's
};

struct NewToken {
  int token = -1;
  int keyslot = -1;
  SealResult sealed;
  Proved proved = Proved::kOpened;
};

// Seals a fresh secret, and proves the token by opening it (proof.h). Only then it comes into the
// header. Order of the writes: the token, marked pending and without keyslot (harmless by itself);
// keyslot and assignment in one write; the mark away, and the mac there. In between libcryptsetup
// opens the keyslot by the token as the header has it. Throws Error; then nothing is left of the
// attempt.
//
// What interrupted commands left is put right along: before, if it is in the way, else after. One
// that may open the volume, or has the last keyslot, goes after alone. A token that this one
// replaces goes at the end. `notes`: what was removed, and what was left and why, in sentences.
NewToken AddSealedToken(Volume &volume, Tpm &tpm, const NewTokenPlan &plan,
                        const Authorization &authorization, std::vector<std::string> &notes);

// The last write of a token: the pending mark goes, and it gets its mac.
void FinishToken(Volume &volume, const SecretBytes &volume_key, int token);

}  // namespace tpm2_sealed
