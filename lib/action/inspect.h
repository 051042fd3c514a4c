// SPDX-License-Identifier: LGPL-2.1-or-later
// Inspect: describes each token as status shows it, and whether it would open the volume now.
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
  std::optional<TokenRecord> record;  // nullopt if it cannot be parsed at all
  std::optional<SealedToken> token;   // nullopt if it is not whole
  std::optional<Error> error;         // why it does not open; nullopt if it does, with its PIN
  std::vector<ChangedPcr> changed;    // PCRs that do not hold what it was sealed to
  bool opens_at_boot = false;         // it opens, or only its latch is in the way
  std::optional<MacState> mac;        // nullopt: it has one, but no volume key to check it with
  std::vector<Warning> warnings;
};

// Returns the status of all tokens of ours. Opens each of them for real, with TPM and keyslot; a
// token with a PIN as far as that is possible without the PIN. Never throws for what is wrong with
// a token or the TPM.
std::vector<TokenStatus> InspectAll(const Volume &volume, Tpm &tpm);

}  // namespace tpm2_sealed
