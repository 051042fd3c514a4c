// SPDX-License-Identifier: LGPL-2.1-or-later
// RemoveChoice: which token `remove` takes, and whether it may go.
#pragma once

#include "lib/action/unlock.h"
#include "lib/luks/volume.h"
#include "token/command/options.h"

namespace tpm2_sealed {

// The token that --token names, or the only one. Throws Error(kNotSupported) if there are several
// and none is named, and says of each whether it opens; Error(kBadToken) if there is none.
// Throws Error(kNotSupported), unless --force is given, if the token opens the volume, now or at
// the next boot, and no other token of ours does.
int ChooseTokenToRemove(const Options &options, const Volume &volume, const Machine &machine);

}  // namespace tpm2_sealed
