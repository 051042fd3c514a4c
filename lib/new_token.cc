// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/new_token.h"

#include <algorithm>
#include <utility>

#include "lib/base/error.h"
#include "lib/sealed_token.h"

namespace tpm2_sealed {
namespace {

// What a keyslot's JSON takes at the most, with its number in digest and token.
constexpr std::size_t kKeyslotJson = 512;

bool HasMetadataRoom(const Volume &volume, const std::string &json) {
  return json.size() + kKeyslotJson <= volume.FreeMetadata();
}

void CheckMetadataRoom(const Volume &volume, const std::string &json) {
  if (HasMetadataRoom(volume, json)) return;
  throw Error(Reason::kBadDevice,
              "the header of " + volume.device() + " has no room: the token and its keyslot need " +
                  std::to_string(json.size() + kKeyslotJson) + " bytes, " +
                  std::to_string(volume.FreeMetadata()) + " are free",
              "remove tokens or keyslots that are no longer needed, nothing was changed");
}

std::optional<TokenRecord> ParseIfWhole(const std::string &json) {
  try {
    return TokenRecord::Parse(json);
  } catch (const Error &) {
    return std::nullopt;
  }
}

bool IsPending(const std::string &json) {
  const auto record = ParseIfWhole(json);
  return record && record->pending;
}

enum class Leavings { kWithoutKeyslot, kAll };

// What an interrupted command left, and only that: a token without "pending" is somebody's. `keep`
// is the token of the command that is under way, or -1.
void RemoveLeavings(Volume &volume, Leavings which, int keep, std::vector<std::string> &notes) {
  for (const TokenEntry &entry : volume.OurTokens()) {
    const auto keyslots = volume.KeyslotsOf(entry.number);
    if (entry.number == keep || !IsPending(entry.json)) continue;
    if (which == Leavings::kWithoutKeyslot && !keyslots.empty()) continue;
    for (const int keyslot : keyslots) {
      if (volume.OtherTokenUses(keyslot, entry.number)) continue;
      if (volume.ActiveKeyslots().size() > 1) volume.RemoveKeyslot(keyslot);
    }
    volume.RemoveToken(entry.number);
    notes.push_back("removed token " + std::to_string(entry.number) +
                    ", which an interrupted enroll had left");
  }
}

struct Marked {
  int number = 0;
  Bytes name;      // of its sealed object
  Bytes replaces;  // empty: no mark
};

// Nothing for a token that is not whole: it neither replaces nor is replaced.
std::optional<Marked> ToMarked(const TokenEntry &entry) {
  try {
    const TokenRecord record = TokenRecord::Parse(entry.json);
    if (record.pending) return std::nullopt;
    return Marked{entry.number, NameOfSealed(record), record.replaces};
  } catch (const Error &) {
    return std::nullopt;
  }
}

// The first token whose mark is to be followed, and the token that it has replaced, or -1 if that
// is gone. One that opens nothing has replaced nothing; and a chain, which no command of ours
// makes, is left alone: in a header that somebody forged it could take several ways in.
std::optional<std::pair<Marked, int>> FindReplacement(const Volume &volume) {
  std::vector<Marked> tokens;
  for (const TokenEntry &entry : volume.OurTokens()) {
    if (auto token = ToMarked(entry)) tokens.push_back(std::move(*token));
  }
  for (const Marked &marked : tokens) {
    if (marked.replaces.empty() || volume.KeyslotsOf(marked.number).empty()) continue;
    int old = -1;
    bool chained = false;
    for (const Marked &other : tokens) {
      if (other.number == marked.number) continue;
      if (other.name == marked.replaces) {
        old = other.number;
        chained |= !other.replaces.empty();
      }
      chained |= other.replaces == marked.name;
    }
    if (!chained) return std::pair(marked, old);
  }
  return std::nullopt;
}

// Removes what tokens that are in the place of others ("replaces") have replaced, and their mark.
void FinishReplacements(Volume &volume, std::vector<std::string> &notes) {
  while (const auto replacement = FindReplacement(volume)) {
    const auto &[marked, old] = *replacement;
    if (old >= 0) {
      (void)RemoveToken(volume, old);
      notes.push_back("removed token " + std::to_string(old) + ", which token " +
                      std::to_string(marked.number) + " has replaced");
    }
    // Read again: libcryptsetup takes a removed keyslot out of every token.
    const auto json = volume.TokenJson(marked.number);
    if (!json) return;
    volume.ReplaceToken(marked.number, WithoutField(*json, kReplacesField));
  }
}

// Leavings that open the volume go before the new token is there only if they are in its way.
void MakeRoom(Volume &volume, const std::string &json, std::vector<std::string> &notes) {
  FinishReplacements(volume, notes);
  RemoveLeavings(volume, Leavings::kWithoutKeyslot, -1, notes);
  const bool room = volume.HasFreeKeyslot() && volume.HasRoomForKeyslot() &&
                    volume.HasFreeToken() && HasMetadataRoom(volume, json);
  if (!room) RemoveLeavings(volume, Leavings::kAll, -1, notes);
}

// Takes the token and, if it came to that, its keyslot away again unless it is kept.
class Undo {
 public:
  Undo(Volume &volume, int token) : volume_(volume), token_(token) {}
  Undo(const Undo &) = delete;
  Undo &operator=(const Undo &) = delete;
  ~Undo() {
    if (token_ < 0) return;
    try {
      if (keyslot_ >= 0) volume_.RemoveKeyslot(keyslot_);
      volume_.RemoveToken(token_);
    } catch (...) {
      // The first error is on its way up; the pending mark lets the next command clean up.
    }
  }
  void AlsoKeyslot(int keyslot) { keyslot_ = keyslot; }
  void Keep() { token_ = -1; }

 private:
  Volume &volume_;
  int token_;
  int keyslot_ = -1;
};

}  // namespace

void CheckRoom(const Volume &volume, std::optional<int> keyslot) {
  if (keyslot && !volume.IsKeyslotFree(*keyslot)) {
    throw Error(Reason::kBusy, "keyslot " + std::to_string(*keyslot) + " is in use",
                "choose another --key-slot");
  }
  if (!volume.HasFreeKeyslot()) {
    throw Error(Reason::kBadDevice, "all 32 keyslots of " + volume.device() + " are in use",
                "free one with 'cryptsetup luksKillSlot', nothing was changed");
  }
  if (!volume.HasRoomForKeyslot()) {
    throw Error(Reason::kBadDevice,
                "the keyslots area of " + volume.device() + " has no room for another keyslot",
                "free one with 'cryptsetup luksKillSlot', nothing was changed");
  }
  if (!volume.HasFreeToken()) {
    throw Error(Reason::kBadDevice, "all 32 tokens of " + volume.device() + " are in use",
                "free one with 'cryptsetup token remove', nothing was changed");
  }
}

AddedToken AddProvenToken(Volume &volume, const SecretBytes &volume_key, TokenRecord record,
                          std::optional<int> keyslot, std::vector<std::string> &notes) {
  record.pending = true;
  const std::string json = record.ToJson();
  MakeRoom(volume, json, notes);
  CheckRoom(volume, keyslot);
  CheckMetadataRoom(volume, json);
  AddedToken added;
  added.token = volume.AddToken(json);
  Undo undo(volume, added.token);
  added.keyslot = volume.AddKeyslotByToken(volume_key, added.token, keyslot);
  undo.AlsoKeyslot(added.keyslot);
  volume.CheckToken(added.token);
  const auto written = volume.TokenJson(added.token);
  if (!written) throw Error(Reason::kBadDevice, "the token vanished while it was added");
  volume.ReplaceToken(added.token, WithoutField(*written, kPendingField));
  undo.Keep();
  FinishReplacements(volume, notes);
  RemoveLeavings(volume, Leavings::kAll, added.token, notes);
  return added;
}

bool HasLeavings(const Volume &volume) {
  return std::ranges::any_of(volume.OurTokens(),
                             [](const TokenEntry &entry) { return IsPending(entry.json); });
}

RemoveResult RemoveToken(Volume &volume, int token) {
  RemoveResult result;
  std::vector<int> own;
  for (const int keyslot : volume.KeyslotsOf(token)) {
    if (!volume.OtherTokenUses(keyslot, token)) own.push_back(keyslot);
  }
  const auto active = volume.ActiveKeyslots();
  const bool takes_last = !own.empty() && std::ranges::all_of(active, [&](int keyslot) {
    return std::find(own.begin(), own.end(), keyslot) != own.end();
  });
  if (takes_last) {
    throw Error(Reason::kNotSupported,
                "token " + std::to_string(token) + " is the last way into " + volume.device(),
                "add a passphrase first: 'cryptsetup luksAddKey'");
  }
  // The keyslot first: a token without keyslot is harmless and can be removed again, a keyslot
  // without token would be nobody's.
  for (const int keyslot : own) {
    volume.RemoveKeyslot(keyslot);
    result.keyslots.push_back(keyslot);
  }
  volume.RemoveToken(token);
  result.remaining = volume.ActiveKeyslots();
  return result;
}

}  // namespace tpm2_sealed
