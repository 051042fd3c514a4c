// SPDX-License-Identifier: LGPL-2.1-or-later
// token_dump: a token as 'cryptsetup luksDump' shows it.
#pragma once

#include <string>

#include "lib/sealed/sealed_token.h"

namespace tpm2_sealed {

// A line for each property: a tab, its name and its value, as luksDump prints other tokens.
std::string DumpText(const SealedToken &token);

}  // namespace tpm2_sealed
