// SPDX-License-Identifier: LGPL-2.1-or-later
// Inspect: one token as status shows it, and whether it would open the volume now.
#pragma once

#include <optional>
#include <vector>

#include "lib/action/seal.h"
#include "lib/action/unlock.h"
#include "lib/base/error.h"
#include "lib/luks/token_mac.h"
#include "lib/luks/volume.h"
#include "lib/sealed/sealed_token.h"

namespace tpm2_sealed {

struct TokenStatus {
  int number = 0;
  std::optional<TokenRecord> record;  // nothing if it cannot be parsed at all
  std::optional<SealedToken> token;   // nothing if it is not whole
  std::optional<Error> error;         // why it does not open; nothing: it does, with its PIN
  std::vector<ChangedPcr> changed;    // PCRs that are not what it was sealed to
  bool opens_at_boot = false;         // it opens, or only its latch is in the way
  std::optional<MacState> mac;  // nothing: it has one, and the volume key to check it is not here
  std::vector<Warning> warnings;
};

// All tokens of ours. Opens for real: TPM and keyslot; a token with a PIN as far as that is
// possible without. Never throws for what is wrong with a token or the TPM.
std::vector<TokenStatus> InspectAll(const Volume &volume, Tpm &tpm);

}  // namespace tpm2_sealed
