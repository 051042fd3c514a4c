// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/action/new_token.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "lib/action/keyslot_guard.h"
#include "lib/action/leavings.h"
#include "lib/action/unlock.h"
#include "lib/base/defaults.h"
#include "lib/base/error.h"
#include "lib/luks/token_mac.h"
#include "lib/luks/token_opener.h"

namespace tpm2_sealed {
namespace {

// The most bytes that a keyslot's JSON takes, with its number in digest and token.
constexpr std::size_t kKeyslotJson = 512;

// The bytes that a mac takes. It is written at the end, when the pending mark is removed.
constexpr std::size_t kMacJson = 64;

// What a new token and its keyslot need.
struct Need {
  std::optional<int> keyslot;  // nullopt: any
  std::size_t json = 0;        // bytes of the token; 0: not known yet
};

// Returns nullopt if there is room once `gone` is removed.
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
    return in_header(
        "all " + std::to_string(kLuksKeyslots) + " keyslots of " + volume.device() + " are in use",
        "free one with 'cryptsetup luksKillSlot'");
  }
  if (!volume.HasRoomForKeyslot(gone)) {
    return in_header("the keyslots area of " + volume.device() + " has no room for another keyslot",
                     "free one with 'cryptsetup luksKillSlot'");
  }
  if (gone.tokens.empty() && !volume.HasFreeToken()) {
    return in_header(
        "all " + std::to_string(kLuksTokens) + " tokens of " + volume.device() + " are in use",
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

// Returns whether the token may open the volume for somebody who has no other way in: now; at the
// next boot, if it is sealed to the open latch; or with a PIN. A token with a PIN that change-pin
// left does not count, since the old one is still there. Throws Error if the TPM does not answer.
bool MayOpen(const Volume &volume, int token) {
  try {
    volume.CheckToken(token);
    return true;
  } catch (const Error &error) {
    if (error.reason() == Reason::kNoTpm || error.reason() == Reason::kBusy) throw;
    const auto record = TokenRecord::TryParse(volume.TokenJson(token).value_or(""));
    if (error.reason() == Reason::kPolicyMismatch) return record && record->latch;
    return error.reason() == Reason::kNeedPin && record && record->replaces.empty();
  }
}

// Returns the leavings with a keyslot that have to be removed before a new token finds room. A
// token that may open the volume, or has the last keyslot, is not among them: if adding the new one
// then failed, there would be fewer ways in than before. Throws Error if there is no room even
// then, so that nothing is removed for a token that does not fit. Without an authorization the TPM
// is not asked and the header is believed, which is good only for refusing early.
// tests/integration/no-room.test shows this.
std::vector<int> LeavingsInTheWay(const Volume &volume, const Need &need,
                                  const Authorization *authorization) {
  const KeyslotGuard guard(volume, authorization);
  Removal gone;
  const auto with = [&](int token) {
    Removal more = gone;
    more.tokens.push_back(token);
    std::ranges::copy(OwnKeyslots(volume, token), std::back_inserter(more.keyslots));
    return more;
  };
  for (const Replacement &replacement : FindReplacements(volume, authorization)) {
    for (const int old : replacement.olds) {
      if (!guard.WhyOneIsKept(OwnKeyslots(volume, old))) gone = with(old);
    }
  }
  std::vector<int> candidates;
  for (const int token : PendingTokens(volume, authorization)) {
    if (volume.KeyslotsOf(token).empty()) {
      gone = with(token);
    } else if (!guard.WhyOneIsKept(OwnKeyslots(volume, token))) {
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
        (authorization != nullptr && MayOpen(volume, token))) {
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

// Leavings with a keyslot are removed before the new token is added only if they are in its way.
void MakeRoom(Volume &volume, const Need &need, const Authorization &authorization,
              std::vector<std::string> &notes) {
  const std::vector<int> in_the_way = LeavingsInTheWay(volume, need, &authorization);
  FinishReplacements(volume, authorization, notes);
  for (const int token : PendingTokens(volume, &authorization)) {
    if (volume.KeyslotsOf(token).empty()) RemoveLeaving(volume, token, authorization, notes);
  }
  for (const int token : in_the_way) RemoveLeaving(volume, token, authorization, notes);
}

// Removes the token, and its keyslot if there is one already, unless Keep is called.
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

// Returns the token that takes the place of `old`, with the secret and the PIN of `fresh`.
TokenRecord Successor(const TokenRecord &old, const TokenRecord &fresh) {
  TokenRecord record = old;
  record.keyslots.clear();
  record.pending = false;
  record.mac.clear();
  record.created = fresh.created;
  record.encryption = fresh.encryption;
  record.sealed_public = fresh.sealed_public;
  record.sealed_private = fresh.sealed_private;
  record.pin = fresh.pin;
  if (const auto name = NameOfSealed(old)) record.replaces = *name;
  return record;
}

struct ProvenToken {
  SealResult sealed;
  TokenProof proof;
};

ProvenToken SealAndProve(Tpm &tpm, const NewTokenPlan &plan) {
  Sealer sealer(tpm, plan.keys, plan.request);
  const SecretBytes secret = sealer.FreshSecret();
  TokenRecord record = sealer.Seal(plan.request, plan.pcrs, secret);
  if (plan.replaced != nullptr) record = Successor(*plan.replaced, record);
  TokenProof proof = TokenProof::Make(tpm, sealer, plan.request, record, secret);
  return {.sealed = WithWarnings(tpm, std::move(record), plan.keys, plan.request),
          .proof = std::move(proof)};
}

// Returns the token as the header has it until it is finished.
std::string PendingJson(TokenRecord record) {
  record.pending = true;
  return record.ToJson();
}

void Write(Volume &volume, const Authorization &authorization, NewToken &added,
           std::optional<int> keyslot) {
  added.token = volume.AddToken(PendingJson(added.sealed.record));
  Undo undo(volume, added.token);
  added.keyslot = volume.AddKeyslotByToken(authorization.volume_key, added.token, keyslot);
  undo.AlsoKeyslot(added.keyslot);
  volume.CheckToken(added.token);
  FinishToken(volume, authorization.volume_key, added.token);
  undo.Keep();
  added.sealed.record.keyslots = {added.keyslot};
}

}  // namespace

void CheckRoom(const Volume &volume, std::optional<int> keyslot) {
  (void)LeavingsInTheWay(volume, {.keyslot = keyslot}, nullptr);
}

NewToken AddSealedToken(Volume &volume, Tpm &tpm, const NewTokenPlan &plan,
                        const Authorization &authorization, std::vector<std::string> &notes) {
  auto [sealed, proof] = SealAndProve(tpm, plan);
  // From here on libcryptsetup gets our tokens' passphrases from this process.
  const TokenOpener opener([&, &proven = proof](const std::string &json) {
    return proven.IsOf(json) ? proven.Passphrase() : UnlockInPassing(json, tpm);
  });
  const std::size_t size = PendingJson(sealed.record).size() + kMacJson;
  NewToken added{.sealed = std::move(sealed), .proved = proof.proved()};
  MakeRoom(volume, {.keyslot = plan.keyslot, .json = size}, authorization, notes);
  Write(volume, authorization, added, plan.keyslot);
  FinishReplacements(volume, authorization, notes);
  for (const int token : PendingTokens(volume, &authorization)) {
    RemoveLeaving(volume, token, authorization, notes);
  }
  ClearFalseMarks(volume, authorization, notes);
  return added;
}

void FinishToken(Volume &volume, const SecretBytes &volume_key, int token) {
  const auto written = volume.TokenJson(token);
  if (!written) throw Error(Reason::kBadDevice, "the token vanished while it was added");
  volume.ReplaceToken(token, WithMac(volume, volume_key, WithoutField(*written, kPendingField)));
}

}  // namespace tpm2_sealed
