// SPDX-License-Identifier: LGPL-2.1-or-later
// fips_wish: whether this machine asks for algorithms that are validated for FIPS 140.
#pragma once

#include "lib/base/openssl_scope.h"

namespace tpm2_sealed {

// Returns kPreferred if the kernel runs in FIPS mode, or if OpenSSL's configuration file demands
// fips=yes. Reads that file but does not apply it: a provider that it names is not loaded.
FipsWish FipsWishOfMachine();

// Returns a sentence, without a full stop, about where the algorithms come from on a machine that
// asks for FIPS; nullptr for kNotAsked.
const char *FipsNotice(Fips fips);

}  // namespace tpm2_sealed
