// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/command/remove_choice.h"

#include <algorithm>
#include <string>
#include <vector>

#include "lib/action/inspect.h"
#include "lib/action/keyslot_guard.h"
#include "lib/base/error.h"
#include "lib/base/words.h"
#include "lib/sealed/recipe.h"
#include "token/command/token_choice.h"

namespace tpm2_sealed {
namespace {

// A TPM that is locked or busy for a moment does not make a token useless.
bool Opens(const TokenStatus &status) {
  return !status.error || status.opens_at_boot || status.error->reason() == Reason::kLockout ||
         status.error->reason() == Reason::kBusy;
}

// Lists them as "0 (opens), 1 (does not open: PCR 7 (Secure Boot policy) changed since …)"
[[noreturn]] void ThrowSeveral(const Volume &volume, const std::vector<TokenStatus> &statuses) {
  std::vector<std::string> list;
  std::vector<int> useless;
  for (const TokenStatus &status : statuses) {
    std::string what = " (opens)";
    if (status.error && status.opens_at_boot) {
      what = " (opens at the next boot)";
    } else if (status.error) {
      what = std::string(" (does not open: ") + status.error->what() + ")";
    }
    list.push_back(std::to_string(status.number) + what);
    if (!Opens(status)) useless.push_back(status.number);
  }
  const bool one = useless.size() == 1;
  throw Error(Reason::kNotSupported, volume.device() + " has several tokens: " + ListWords(list),
              one ? "the one that does not open is removed by " +
                        RemoveCommand({volume.path().device, volume.path().header, useless.front()})
                  : "choose one with --token");
}

void RefuseOnlyOneThatOpens(const Volume &volume, const std::vector<TokenStatus> &statuses,
                            int token) {
  const auto chosen = std::ranges::find(statuses, token, &TokenStatus::number);
  const auto another_opens = [&](const TokenStatus &status) {
    return status.number != token && Opens(status);
  };
  if (!Opens(*chosen) || std::ranges::any_of(statuses, another_opens)) return;
  throw Error(Reason::kNotSupported,
              "token " + std::to_string(token) + " is the only one that opens " + volume.device() +
                  " with this TPM",
              "use --force if another way in, such as a passphrase, is to remain alone");
}

}  // namespace

int ChooseTokenToRemove(const Options &options, const Volume &volume, const Machine &machine) {
  const auto [tokens, number] = TokenChoice::Of(options, volume);
  // With --force the TPM is not needed: a token of a TPM that is gone can be removed, too.
  if (number && options.Has("force")) return *number;
  if (!number && tokens.size() == 1 && options.Has("force")) return tokens.front().number;
  Tpm tpm(machine);
  const std::vector<TokenStatus> statuses = InspectAll(volume, tpm);
  if (!number && tokens.size() > 1) ThrowSeveral(volume, statuses);
  const int token = number.value_or(tokens.front().number);
  // This comes first, since --force, which the next check proposes, would destroy the keyslot that
  // this guards.
  CheckRemovable(volume, token, KeyslotGuard(volume, nullptr), Unusual::kRefuse);
  RefuseOnlyOneThatOpens(volume, statuses, token);
  return token;
}

}  // namespace tpm2_sealed
