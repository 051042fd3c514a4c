// SPDX-License-Identifier: LGPL-2.1-or-later
// fips_wish: whether this machine asks for algorithms that are validated for FIPS 140.
#pragma once

#include "lib/base/openssl_scope.h"

namespace tpm2_sealed {

// kPreferred if the kernel runs in FIPS mode, or if OpenSSL's configuration file demands fips=yes.
// Reads that file but does nothing that it says: a provider that it names is not loaded.
FipsWish FipsWishOfMachine();

// For a machine that asks for FIPS: what the algorithms come from, in a sentence without a full
// stop. Null where nobody asks for it.
const char *FipsNotice(Fips fips);

}  // namespace tpm2_sealed
