// SPDX-License-Identifier: LGPL-2.1-or-later
// RemoveChoice: chooses the token that `remove` takes, and checks that it may be removed.
#pragma once

#include "lib/action/unlock.h"
#include "lib/luks/volume.h"
#include "token/command/options.h"

namespace tpm2_sealed {

// Returns the token that --token names, or the only one. Throws Error(kNotSupported), which says of
// each token whether it opens, if there are several and none is named; Error(kBadToken) if there is
// none. Throws Error(kNotSupported), unless --force is given, if the token opens the volume, now or
// at the next boot, and no other token of ours does.
int ChooseTokenToRemove(const Options &options, const Volume &volume, const Machine &machine);

}  // namespace tpm2_sealed
