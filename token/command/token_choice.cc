// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/command/token_choice.h"

#include <algorithm>

#include "lib/base/defaults.h"
#include "lib/base/words.h"

namespace tpm2_sealed {

TokenChoice TokenChoice::Of(const Options &options, const Volume &volume) {
  TokenChoice choice{.tokens = volume.OurTokens(),
                     .named = options.GetNumber("token", kLuksTokens - 1)};
  if (choice.tokens.empty()) throw NoTokenError(volume);
  if (choice.named &&
      std::ranges::find(choice.tokens, *choice.named, &TokenEntry::number) == choice.tokens.end()) {
    std::vector<int> numbers;
    for (const TokenEntry &entry : choice.tokens) numbers.push_back(entry.number);
    throw Error(Reason::kBadToken,
                "token " + std::to_string(*choice.named) + " of " + volume.device() +
                    " is not of type tpm2-sealed",
                "the tokens of that type are: " + ListNumbers(numbers));
  }
  return choice;
}

std::vector<TokenEntry> TokenChoice::Meant() const {
  std::vector<TokenEntry> meant = tokens;
  if (named) std::erase_if(meant, [&](const TokenEntry &entry) { return entry.number != *named; });
  return meant;
}

Error NoTokenError(const Volume &volume) {
  return {Reason::kBadToken, volume.device() + " has no token of type tpm2-sealed",
          "make one with 'cryptsetup-tpm2 enroll'"};
}

}  // namespace tpm2_sealed
