// SPDX-License-Identifier: LGPL-2.1-or-later
// TokenChoice: which token the user means.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/base/error.h"
#include "lib/luks/volume.h"
#include "token/command/options.h"

namespace tpm2_sealed {

struct TokenChoice {
  std::vector<TokenEntry> tokens;  // of ours, at least one
  std::optional<int> named;        // the one that --token names

  // Throws Error(kBadToken) if the volume has no token of ours, or --token names none of them.
  static TokenChoice Of(const Options &options, const Volume &volume);
  // Returns the named token, or all.
  std::vector<TokenEntry> Meant() const;
};

// Returns the error for a volume without any token of ours.
Error NoTokenError(const Volume &volume);

}  // namespace tpm2_sealed
