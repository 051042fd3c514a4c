// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/action/leavings.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "lib/action/keyslot_guard.h"
#include "lib/base/error.h"
#include "lib/luks/token_mac.h"
#include "lib/sealed/sealed_token.h"

namespace tpm2_sealed {
namespace {

bool HasValidMac(const Volume &volume, const Authorization &authorization,
                 const std::string &json) {
  return CheckMac(volume, authorization.volume_key, json) == MacState::kValid;
}

// Adds the note once, although the header is looked at before and after the new token is added.
void Note(std::vector<std::string> &notes, const std::string &note) {
  if (std::ranges::find(notes, note) == notes.end()) notes.push_back(note);
}

struct Marked {
  int number = 0;
  Bytes name;      // of its sealed object
  Bytes replaces;  // empty: no mark
  bool believed = false;
};

// Returns nullopt for a token that is not whole: it neither replaces nor is replaced.
std::optional<Marked> ToMarked(const TokenEntry &entry) {
  const auto record = TokenRecord::TryParse(entry.json);
  const auto name = record ? NameOfSealed(*record) : std::nullopt;
  if (!name || record->pending) return std::nullopt;
  return Marked{entry.number, *name, record->replaces};
}

std::vector<Marked> MarkedTokens(const Volume &volume, const Authorization *authorization) {
  std::vector<Marked> tokens;
  for (const TokenEntry &entry : volume.OurTokens()) {
    auto token = ToMarked(entry);
    if (!token) continue;
    token->believed = !token->replaces.empty() && !volume.KeyslotsOf(entry.number).empty() &&
                      (authorization == nullptr || HasValidMac(volume, *authorization, entry.json));
    tokens.push_back(std::move(*token));
  }
  return tokens;
}

std::vector<int> WhatItReplaces(const Marked &marked, const std::vector<Marked> &tokens) {
  std::vector<int> olds;
  for (const Marked &other : tokens) {
    if (other.number != marked.number && other.name == marked.replaces) {
      olds.push_back(other.number);
    }
  }
  return olds;
}

// Reports marks that are not followed, since the admin may know better.
void TellUnproved(const Volume &volume, const Authorization &authorization,
                  std::vector<std::string> &notes) {
  const std::vector<Marked> tokens = MarkedTokens(volume, &authorization);
  for (const Marked &marked : tokens) {
    if (marked.replaces.empty() || marked.believed) continue;
    for (const int old : WhatItReplaces(marked, tokens)) {
      Note(notes, "token " + std::to_string(marked.number) + " says that it has replaced token " +
                      std::to_string(old) +
                      ", and no valid mac shows that: both stay; if it is so, 'cryptsetup-tpm2 "
                      "remove " +
                      volume.device() + " --token " + std::to_string(old) +
                      "' removes the old one");
    }
  }
}

// A token that is replaced, and the keyslots that valid macs show to be its own. nullopt means that
// there is no valid mac; then the form of a keyslot decides alone.
struct Replaced {
  int token;
  std::optional<std::vector<int>> keyslots;
};

// Returns whether the token was removed. If one keyslot has to stay, those that may be removed are
// removed nevertheless, so that the old PIN or policy does not go on opening the volume.
bool RemoveReplaced(Volume &volume, const Replaced &replaced, int token,
                    const Authorization &authorization, std::vector<std::string> &notes) {
  const int old = replaced.token;
  const std::string what =
      "token " + std::to_string(old) + ", which token " + std::to_string(token) + " has replaced";
  const KeyslotGuard guard(volume, &authorization);
  const std::vector<int> own = OwnKeyslots(volume, old);
  const auto is_foreign = [&](int keyslot) {
    return replaced.keyslots &&
           std::ranges::find(*replaced.keyslots, keyslot) == replaced.keyslots->end();
  };
  std::optional<std::string> kept = guard.WhyOneIsKept(own);
  const auto foreign = std::ranges::find_if(own, is_foreign);
  if (!kept && foreign != own.end()) {
    kept = "keyslot " + std::to_string(*foreign) + " is named by no token with a valid mac";
  }
  if (kept) {
    std::vector<int> going;
    std::ranges::copy_if(own, std::back_inserter(going), [&](int keyslot) {
      return !guard.WhyKept(keyslot) && !is_foreign(keyslot);
    });
    for (const int keyslot : going) volume.RemoveKeyslot(keyslot);
    Note(notes, what + ", stays" + (going.empty() ? "" : " without " + NameKeyslots(going)) + ": " +
                    *kept + "; 'cryptsetup token remove --token-id " + std::to_string(old) + " " +
                    volume.device() + "' removes it alone");
    return false;
  }
  const RemoveResult removed = RemoveToken(volume, old, guard, Unusual::kRefuse);
  const std::string keyslots = NameKeyslots(removed.keyslots);
  Note(notes, "removed token " + std::to_string(old) +
                  (keyslots.empty() ? "" : " with " + keyslots) + ", which token " +
                  std::to_string(token) + " has replaced");
  return true;
}

}  // namespace

std::vector<int> PendingTokens(const Volume &volume, const Authorization *authorization) {
  std::vector<int> pending;
  for (const TokenEntry &entry : volume.OurTokens()) {
    const auto record = TokenRecord::TryParse(entry.json);
    if (!record || !record->pending) continue;
    if (authorization != nullptr && HasValidMac(volume, *authorization, entry.json)) continue;
    pending.push_back(entry.number);
  }
  return pending;
}

void RemoveLeaving(Volume &volume, int token, const Authorization &authorization,
                   std::vector<std::string> &notes) {
  const std::string number = std::to_string(token);
  const std::vector<int> own = OwnKeyslots(volume, token);
  if (!LeavesAWayIn(volume, own)) return;
  if (const auto kept = KeyslotGuard(volume, &authorization).WhyOneIsKept(own)) {
    Note(notes, "token " + number + " says that an interrupted enroll has left it, and stays: " +
                    *kept + "; 'cryptsetup token remove --token-id " + number + " " +
                    volume.device() + "' removes it alone");
    return;
  }
  for (const int keyslot : own) volume.RemoveKeyslot(keyslot);
  volume.RemoveToken(token);
  const std::string keyslots = NameKeyslots(own);
  Note(notes, "removed token " + number + (keyslots.empty() ? "" : " with " + keyslots) +
                  ", which an interrupted enroll had left");
}

void ClearFalseMarks(Volume &volume, const Authorization &authorization,
                     std::vector<std::string> &notes) {
  for (const TokenEntry &entry : volume.OurTokens()) {
    const auto record = TokenRecord::TryParse(entry.json);
    if (!record || !record->pending || !HasValidMac(volume, authorization, entry.json)) continue;
    volume.ReplaceToken(entry.number, WithoutField(entry.json, kPendingField));
    Note(notes, "token " + std::to_string(entry.number) +
                    " was marked as left by an interrupted enroll, and its mac shows that it was "
                    "finished: the mark is gone");
  }
}

std::vector<Replacement> FindReplacements(const Volume &volume,
                                          const Authorization *authorization) {
  const std::vector<Marked> tokens = MarkedTokens(volume, authorization);
  std::vector<Replacement> replacements;
  for (const Marked &marked : tokens) {
    if (!marked.believed) continue;
    const bool chained = std::ranges::any_of(tokens, [&](const Marked &other) {
      if (other.number == marked.number || !other.believed) return false;
      return other.name == marked.replaces || other.replaces == marked.name;
    });
    if (chained) continue;
    replacements.push_back({.token = marked.number, .olds = WhatItReplaces(marked, tokens)});
  }
  return replacements;
}

namespace {

// Returns the keyslots that tokens with a valid mac name; nullopt if none of the tokens has one. A
// copy of a genuine token, which somebody else has put there, may name the passphrase's keyslot.
std::optional<std::vector<int>> KeyslotsByMac(const Volume &volume, const std::vector<int> &tokens,
                                              const Authorization &authorization) {
  std::optional<std::vector<int>> keyslots;
  for (const int token : tokens) {
    const auto json = volume.TokenJson(token);
    if (!json || !HasValidMac(volume, authorization, *json)) continue;
    if (!keyslots) keyslots.emplace();
    std::ranges::copy(volume.KeyslotsOf(token), std::back_inserter(*keyslots));
  }
  return keyslots;
}

}  // namespace

void FinishReplacements(Volume &volume, const Authorization &authorization,
                        std::vector<std::string> &notes) {
  for (const Replacement &replacement : FindReplacements(volume, &authorization)) {
    bool all_gone = true;
    const auto keyslots = KeyslotsByMac(volume, replacement.olds, authorization);
    for (const int old : replacement.olds) {
      all_gone &= RemoveReplaced(volume, {.token = old, .keyslots = keyslots}, replacement.token,
                                 authorization, notes);
    }
    if (!all_gone) continue;
    // The token is read again, since libcryptsetup takes a removed keyslot out of every token.
    const auto json = volume.TokenJson(replacement.token);
    if (!json) return;
    volume.ReplaceToken(replacement.token, WithMac(volume, authorization.volume_key,
                                                   WithoutField(*json, kReplacesField)));
  }
  TellUnproved(volume, authorization, notes);
}

}  // namespace tpm2_sealed
