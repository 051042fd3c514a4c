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

void CheckMetadataRoom(const Volume &volume, const std::string &json) {
  const std::size_t free = volume.FreeMetadata();
  if (json.size() + kKeyslotJson <= free) return;
  throw Error(Reason::kBadDevice,
              "the header of " + volume.device() + " has no room: the token and its keyslot need " +
                  std::to_string(json.size() + kKeyslotJson) + " bytes, " + std::to_string(free) +
                  " are free",
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

// The token of ours whose sealed object has that Name; nothing if there is none.
std::optional<int> FindByObject(const Volume &volume, const Bytes &name) {
  for (const TokenEntry &entry : volume.OurTokens()) {
    const auto record = ParseIfWhole(entry.json);
    if (record && NameOfSealed(*record) == name) return entry.number;
  }
  return std::nullopt;
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
                          std::optional<int> keyslot) {
  record.pending = true;
  const std::string json = record.ToJson();
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
  added.json = WithoutField(*written, kPendingField);
  volume.ReplaceToken(added.token, added.json);
  undo.Keep();
  return added;
}

bool HasLeavings(const Volume &volume) {
  return std::ranges::any_of(volume.OurTokens(),
                             [](const TokenEntry &entry) { return IsPending(entry.json); });
}

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

void FinishReplacements(Volume &volume, std::vector<std::string> &notes) {
  for (const TokenEntry &entry : volume.OurTokens()) {
    const auto record = ParseIfWhole(entry.json);
    if (!record || record->pending || record->replaces.empty()) continue;
    const auto old = FindByObject(volume, record->replaces);
    if (old && *old != entry.number) {
      (void)RemoveToken(volume, *old);
      notes.push_back("removed token " + std::to_string(*old) + ", which token " +
                      std::to_string(entry.number) + " has replaced");
    }
    volume.ReplaceToken(entry.number, WithoutField(entry.json, kReplacesField));
  }
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
