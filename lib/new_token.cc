// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/new_token.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "lib/base/error.h"
#include "lib/sealed_token.h"

namespace tpm2_sealed {
namespace {

// What a keyslot's JSON takes at the most, with its number in digest and token.
constexpr std::size_t kKeyslotJson = 512;

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

std::vector<int> OwnKeyslots(const Volume &volume, int token) {
  std::vector<int> own;
  for (const int keyslot : volume.KeyslotsOf(token)) {
    if (!volume.OtherTokenUses(keyslot, token)) own.push_back(keyslot);
  }
  return own;
}

// Whether a keyslot that opens the volume stays if these go. Taking none leaves it as it is.
bool LeavesAWayIn(const Volume &volume, const std::vector<int> &keyslots) {
  return keyslots.empty() || std::ranges::any_of(volume.ActiveKeyslots(), [&](int active) {
           return std::ranges::find(keyslots, active) == keyslots.end();
         });
}

// What interrupted commands left, and only that: a token without "pending" is somebody's.
std::vector<int> PendingTokens(const Volume &volume) {
  std::vector<int> pending;
  for (const TokenEntry &entry : volume.OurTokens()) {
    if (IsPending(entry.json)) pending.push_back(entry.number);
  }
  return pending;
}

// With its keyslots, unless they are the last way in: then it stays, for without its token a
// keyslot opens nothing.
void RemoveLeaving(Volume &volume, int token, std::vector<std::string> &notes) {
  const std::vector<int> own = OwnKeyslots(volume, token);
  if (!LeavesAWayIn(volume, own)) return;
  for (const int keyslot : own) volume.RemoveKeyslot(keyslot);
  volume.RemoveToken(token);
  notes.push_back("removed token " + std::to_string(token) +
                  ", which an interrupted enroll had left");
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

struct Replacement {
  Marked marked;
  int old;  // the token that it has replaced, or -1 if that is gone
};

// The tokens whose mark is to be followed. One that opens nothing has replaced nothing; and a
// chain, which no command of ours makes, is left alone: in a header that somebody forged it could
// take several ways in.
std::vector<Replacement> FindReplacements(const Volume &volume) {
  std::vector<Marked> tokens;
  for (const TokenEntry &entry : volume.OurTokens()) {
    if (auto token = ToMarked(entry)) tokens.push_back(std::move(*token));
  }
  std::vector<Replacement> replacements;
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
    if (!chained) replacements.push_back({.marked = marked, .old = old});
  }
  return replacements;
}

// Removes what tokens that are in the place of others ("replaces") have replaced, and their mark.
void FinishReplacements(Volume &volume, std::vector<std::string> &notes) {
  for (auto found = FindReplacements(volume); !found.empty(); found = FindReplacements(volume)) {
    const auto &[marked, old] = found.front();
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

// What a new token and its keyslot take.
struct Need {
  std::optional<int> keyslot;  // nothing: any
  std::size_t json = 0;        // of the token; 0: not known yet
};

// Nothing if there is room once `gone` is gone.
std::optional<Error> WhyNoRoom(const Volume &volume, const Need &need, const Removal &gone) {
  const auto in_header = [&](const std::string &what, const char *hint) {
    return Error(Reason::kBadDevice, what, std::string(hint) + ", nothing was changed");
  };
  if (need.keyslot && !volume.IsKeyslotFree(*need.keyslot) &&
      std::ranges::find(gone.keyslots, *need.keyslot) == gone.keyslots.end()) {
    return Error(Reason::kBusy, "keyslot " + std::to_string(*need.keyslot) + " is in use",
                 "choose another --key-slot");
  }
  if (gone.keyslots.empty() && !volume.HasFreeKeyslot()) {
    return in_header("all 32 keyslots of " + volume.device() + " are in use",
                     "free one with 'cryptsetup luksKillSlot'");
  }
  if (!volume.HasRoomForKeyslot(gone)) {
    return in_header("the keyslots area of " + volume.device() + " has no room for another keyslot",
                     "free one with 'cryptsetup luksKillSlot'");
  }
  if (gone.tokens.empty() && !volume.HasFreeToken()) {
    return in_header("all 32 tokens of " + volume.device() + " are in use",
                     "free one with 'cryptsetup token remove'");
  }
  const std::size_t needed = need.json + kKeyslotJson;
  if (const std::size_t free = volume.FreeMetadata(gone); need.json > 0 && needed > free) {
    return in_header("the header of " + volume.device() +
                         " has no room: the token and its keyslot need " + std::to_string(needed) +
                         " bytes, " + std::to_string(free) + " are free",
                     "remove tokens or keyslots that are no longer needed");
  }
  return std::nullopt;
}

// Whether the token may open the volume, for whoever has no other way in: now, at the next boot, if
// it is sealed to the open latch, or with a PIN, unless a change-pin left it, whose old token is
// still there. A TPM that does not say so ends the whole work.
bool MayOpen(const Volume &volume, int token) {
  try {
    volume.CheckToken(token);
    return true;
  } catch (const Error &error) {
    if (error.reason() == Reason::kNoTpm || error.reason() == Reason::kBusy) throw;
    const auto record = ParseIfWhole(volume.TokenJson(token).value_or(""));
    if (error.reason() == Reason::kPolicyMismatch) return record && record->latch;
    return error.reason() == Reason::kNeedPin && record && record->replaces.empty();
  }
}

enum class Look { kAtHeader, kAtTpmToo };

// The leavings with a keyslot that have to go before a new token finds room. Not one that may open
// the volume, nor one whose keyslot is the last: if the new token came to nothing after that, there
// would be less than before. Throws Error if there is no room with that; so nothing is removed for
// a token that does not fit all the same. Shown by tests/integration/no-room.test.
std::vector<int> LeavingsInTheWay(const Volume &volume, const Need &need, Look look) {
  Removal gone;
  const auto with = [&](int token) {
    Removal more = gone;
    more.tokens.push_back(token);
    std::ranges::copy(OwnKeyslots(volume, token), std::back_inserter(more.keyslots));
    return more;
  };
  for (const Replacement &replacement : FindReplacements(volume)) {
    if (replacement.old >= 0) gone = with(replacement.old);
  }
  std::vector<int> candidates;
  for (const int token : PendingTokens(volume)) {
    if (volume.KeyslotsOf(token).empty()) {
      gone = with(token);
    } else {
      candidates.push_back(token);
    }
  }
  std::vector<int> in_the_way;
  std::string kept;
  std::optional<Error> why = WhyNoRoom(volume, need, gone);
  for (const int token : candidates) {
    if (!why) break;
    const Removal more = with(token);
    if (!LeavesAWayIn(volume, more.keyslots) ||
        (look == Look::kAtTpmToo && MayOpen(volume, token))) {
      kept = std::to_string(token);
      continue;
    }
    gone = more;
    in_the_way.push_back(token);
    why = WhyNoRoom(volume, need, gone);
  }
  if (why && !kept.empty()) {
    throw Error(why->reason(),
                why->what() + (", and token " + kept) +
                    ", which an interrupted enroll left, stays because it may be needed to open it",
                "finish it by enrolling with its policy, or take it away with 'cryptsetup-tpm2 "
                "remove --token " +
                    kept + "', nothing was changed");
  }
  if (why) throw Error(*why);
  return in_the_way;
}

// Leavings that open the volume go before the new token is there only if they are in its way.
void MakeRoom(Volume &volume, const Need &need, std::vector<std::string> &notes) {
  const std::vector<int> in_the_way = LeavingsInTheWay(volume, need, Look::kAtTpmToo);
  FinishReplacements(volume, notes);
  for (const int token : PendingTokens(volume)) {
    if (volume.KeyslotsOf(token).empty()) RemoveLeaving(volume, token, notes);
  }
  for (const int token : in_the_way) RemoveLeaving(volume, token, notes);
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
  (void)LeavingsInTheWay(volume, {.keyslot = keyslot}, Look::kAtHeader);
}

AddedToken AddProvenToken(Volume &volume, const SecretBytes &volume_key, TokenRecord record,
                          std::optional<int> keyslot, std::vector<std::string> &notes) {
  record.pending = true;
  const std::string json = record.ToJson();
  MakeRoom(volume, {.keyslot = keyslot, .json = json.size()}, notes);
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
  for (const int token : PendingTokens(volume)) RemoveLeaving(volume, token, notes);
  return added;
}

RemoveResult RemoveToken(Volume &volume, int token) {
  RemoveResult result;
  const std::vector<int> own = OwnKeyslots(volume, token);
  if (!LeavesAWayIn(volume, own)) {
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
