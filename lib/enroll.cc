// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/enroll.h"

#include <algorithm>

#include "lib/base/error.h"
#include "lib/latch_proof.h"
#include "lib/lint.h"
#include "lib/luks/token_opener.h"

namespace tpm2_sealed {
namespace {

// What a keyslot's JSON takes at the most, with its number in digest and token.
constexpr std::size_t kKeyslotJson = 512;

void CheckRoom(const Volume &volume, const EnrollRequest &request) {
  if (request.keyslot && !volume.IsKeyslotFree(*request.keyslot)) {
    throw Error(Reason::kBusy, "keyslot " + std::to_string(*request.keyslot) + " is in use",
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

void CheckMetadataRoom(const Volume &volume, const std::string &json) {
  const std::size_t free = volume.FreeMetadata();
  if (json.size() + kKeyslotJson <= free) return;
  throw Error(Reason::kBadDevice,
              "the header of " + volume.device() + " has no room: the token and its keyslot need " +
                  std::to_string(json.size() + kKeyslotJson) + " bytes, " + std::to_string(free) +
                  " are free",
              "remove tokens or keyslots that are no longer needed, nothing was changed");
}

// A token that does not open yet cannot be proved, and what is not proved is not enrolled.
void CheckProvable(const TpmAccess &access, const SealRequest &request,
                   const std::optional<PcrValues> &pcrs) {
  if (request.expected_pcrs.empty()) return;
  SealRequest now = request;
  now.expected_pcrs.clear();
  now.force = Force::kYes;
  if (TargetPcrs(access, now)->values == pcrs->values) return;
  throw Error(Reason::kPolicyMismatch,
              "the given PCR values are not what the PCRs hold now, so that the token cannot be "
              "proved to open the volume",
              "prepare it with 'cryptsetup-tpm2 seal', which proves nothing, and import it");
}

std::optional<SealedToken> ParseIfWhole(const std::string &json) {
  try {
    return SealedToken::Parse(json);
  } catch (const Error &) {
    return std::nullopt;
  }
}

// The keyslot that the token opens now; nothing if it opens none.
std::optional<int> OpenedKeyslot(const Volume &volume, const SealedToken &token,
                                 const TpmAccess &access, std::vector<Warning> &warnings) {
  try {
    const Unlocked unlocked = Unlock(token, access);
    if (auto warning = PlaintextWarning(unlocked.protection)) {
      warnings.push_back(std::move(*warning));
    }
    for (const int keyslot : token.record.keyslots) {
      if (volume.PassphraseOpens(keyslot, unlocked.passphrase.view())) return keyslot;
    }
  } catch (const Error &) {
    // Only looked at in passing: status says why a token does not open.
  }
  return std::nullopt;
}

// A token of ours that already does what is asked for. Finishes it if a killed enroll left it
// pending.
std::optional<EnrollResult> FindEqual(Volume &volume, const TpmAccess &access,
                                      const std::optional<PcrValues> &pcrs) {
  const Bytes digest = Policy{.pcrs = pcrs}.Digest();
  for (const TokenEntry &entry : volume.OurTokens()) {
    const auto token = ParseIfWhole(entry.json);
    if (!token || token->record.keyslots.empty()) continue;
    if (!std::ranges::equal(token->object.AuthPolicy(), digest)) continue;
    std::vector<Warning> warnings =
        LintPcrs(pcrs ? std::optional(pcrs->Selection()) : std::nullopt, token->record.latch);
    std::optional<int> keyslot = OpenedKeyslot(volume, *token, access, warnings);
    const bool latched = !keyslot && !token->record.pending && WaitsForBoot(*token, access);
    if (latched) keyslot = token->record.keyslots.front();
    if (!keyslot) continue;
    EnrollResult result{.token = entry.number,
                        .keyslot = *keyslot,
                        .changed = Changed::kNo,
                        .proof = latched ? Proof::kButLatch : Proof::kOpened,
                        .record = token->record,
                        .warnings = std::move(warnings),
                        .notes = {}};
    if (!token->floor) {
      result.notes.push_back(
          "the token allows plain sessions: if this TPM encrypts now, enroll "
          "again with --force and remove this token");
    }
    if (token->record.pending) {
      volume.ReplaceToken(entry.number, WithoutPending(entry.json));
      result.changed = Changed::kYes;
      result.notes.push_back("finished an enroll that was interrupted");
    }
    return result;
  }
  return std::nullopt;
}

bool IsPending(const std::string &json) {
  try {
    return TokenRecord::Parse(json).pending;
  } catch (const Error &) {
    return false;
  }
}

bool HasLeavings(const Volume &volume) {
  return std::ranges::any_of(volume.OurTokens(),
                             [](const TokenEntry &entry) { return IsPending(entry.json); });
}

enum class Leavings { kWithoutKeyslot, kAll };

// What an interrupted enroll left, and only that: a token without "pending" is somebody's. `keep`
// is the token of the enroll that is under way, or -1.
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

// Takes the token and, if it came to that, its keyslot away again unless the enrolment is kept.
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
      // The first error is on its way up; the pending mark lets the next enroll clean up.
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

EnrollResult Enroll(Volume &volume, const TpmAccess &access, const EnrollRequest &request) {
  const auto pcrs = TargetPcrs(access, request.seal);
  CheckProvable(access, request.seal, pcrs);
  if (request.seal.force == Force::kNo) {
    if (auto equal = FindEqual(volume, access, pcrs)) return std::move(*equal);
  }
  // Leavings may be all that is in the way, and are only removed once the change is authorised.
  if (!HasLeavings(volume)) CheckRoom(volume, request);
  // From here on libcryptsetup gets our tokens' passphrases from this process.
  std::optional<LatchProof> latched;
  const TokenOpener opener([&](const std::string &json) {
    if (latched && latched->IsOf(json)) return latched->Passphrase();
    return Unlock(SealedToken::Parse(json), access).passphrase;
  });
  const SecretBytes volume_key = request.authorize(volume);

  const ChosenKeys keys = PrepareKeys(access, request.seal.keys);
  SealResult sealed = [&] {
    SecretBytes secret = FreshSecret(access, keys);
    SealResult result = SealSecret(access, keys, request.seal, pcrs, secret);
    if (request.seal.latch && IsLatchClosed(access, *request.seal.latch)) {
      latched = LatchProof::Make(access, keys, request.seal, result.record, std::move(secret));
    }
    return result;
  }();
  sealed.record.pending = true;
  const std::string json = sealed.record.ToJson();

  EnrollResult result;
  // One that opens the volume goes only after its successor opens it, if there is room for both.
  RemoveLeavings(volume, Leavings::kWithoutKeyslot, -1, result.notes);
  if (!volume.HasFreeKeyslot() || !volume.HasFreeToken()) {
    RemoveLeavings(volume, Leavings::kAll, -1, result.notes);
  }
  CheckRoom(volume, request);
  CheckMetadataRoom(volume, json);
  result.token = volume.AddToken(json);
  Undo undo(volume, result.token);
  result.keyslot = volume.AddKeyslotByToken(volume_key, result.token, request.keyslot);
  undo.AlsoKeyslot(result.keyslot);
  volume.CheckToken(result.token);
  const auto written = volume.TokenJson(result.token);
  if (!written) throw Error(Reason::kBadDevice, "the token vanished while it was enrolled");
  volume.ReplaceToken(result.token, WithoutPending(*written));
  undo.Keep();
  RemoveLeavings(volume, Leavings::kAll, result.token, result.notes);

  if (latched) result.proof = Proof::kButLatch;
  result.record = std::move(sealed.record);
  result.record.pending = false;
  result.record.keyslots = {result.keyslot};
  result.warnings = std::move(sealed.warnings);
  result.notes.insert(result.notes.end(), sealed.notes.begin(), sealed.notes.end());
  return result;
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
