// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/enroll.h"

#include <algorithm>

#include "lib/base/error.h"
#include "lib/latch_proof.h"
#include "lib/lint.h"
#include "lib/lockout.h"
#include "lib/luks/token_opener.h"

namespace tpm2_sealed {
namespace {

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

// A token says of itself that its salt key was verified; what counts is that it is the key that was
// verified now.
bool IsCertified(const SealedToken &token, const ChosenKeys &certified) {
  return token.record.ek_certificate == certified.ek_certificate &&
         token.salt_key.area.Marshalled() == certified.salt_key.area.Marshalled();
}

std::optional<SealedToken> ParseIfWhole(const std::string &json) {
  try {
    return SealedToken::Parse(json);
  } catch (const Error &) {
    return std::nullopt;
  }
}

// The tokens that are there already, looked at with the request's eyes.
class Existing {
 public:
  Existing(Volume &volume, const TpmAccess &access, const SealRequest &request)
      : volume_(volume), access_(access), request_(request) {}

  // A token of ours that already does what is asked for. Finishes it if a killed enroll left it
  // pending.
  std::optional<EnrollResult> FindEqual(const std::optional<PcrValues> &pcrs,
                                        const std::optional<ChosenKeys> &certified);
  std::vector<std::string> notes;  // what looking has cost

 private:
  std::optional<int> OpenedKeyslot(int number, const SealedToken &token,
                                   std::vector<Warning> &warnings);
  Unlocked Open(const SealedToken &token);

  Volume &volume_;
  const TpmAccess &access_;
  const SealRequest &request_;
  bool tried_ = false;  // a PIN, and it was wrong
};

Unlocked Existing::Open(const SealedToken &token) {
  if (!token.record.pin) return Unlock(token, access_);
  // A PIN that is not the token's costs one try: one in all, and never the last.
  const Lockout lockout = ReadLockout(access_);
  if (tried_ || lockout.locked || lockout.counter + 1 >= lockout.max) {
    throw Error(
        Reason::kBusy,
        "the volume has tokens with this policy and a PIN, and whether one of them has this "
        "PIN cannot be tried without losing tries of the TPM",
        "use --force to add another token, or 'cryptsetup-tpm2 change-pin'");
  }
  tried_ = true;
  return Unlock(token, access_, request_.pin->pin.view());
}

// The keyslot that the token opens now; nothing if it opens none.
std::optional<int> Existing::OpenedKeyslot(int number, const SealedToken &token,
                                           std::vector<Warning> &warnings) {
  try {
    const Unlocked unlocked = Open(token);
    if (auto warning = PlaintextWarning(unlocked.protection)) {
      warnings.push_back(std::move(*warning));
    }
    for (const int keyslot : token.record.keyslots) {
      if (volume_.PassphraseOpens(keyslot, unlocked.passphrase.view())) return keyslot;
    }
  } catch (const Error &error) {
    // Only looked at in passing: status says why a token does not open.
    if (error.reason() == Reason::kBusy && token.record.pin) throw;
    if (error.reason() == Reason::kWrongPin) {
      notes.push_back("token " + std::to_string(number) +
                      " has the same policy and another PIN; finding that out has cost one of the "
                      "TPM's tries, which --force spares");
    }
  }
  return std::nullopt;
}

// Neither "nothing to do" nor another token would be right.
[[noreturn]] void ThrowPinUntried(int token) {
  throw Error(Reason::kBusy,
              "token " + std::to_string(token) +
                  " has the same policy and a PIN, which cannot be tried now that its latch is "
                  "closed",
              "use 'cryptsetup-tpm2 change-pin' for another PIN, or --force for another token");
}

std::optional<EnrollResult> Existing::FindEqual(const std::optional<PcrValues> &pcrs,
                                                const std::optional<ChosenKeys> &certified) {
  const Bytes digest = PolicyOf(request_, pcrs).Digest();
  for (const TokenEntry &entry : volume_.OurTokens()) {
    const auto token = ParseIfWhole(entry.json);
    if (!token || token->record.keyslots.empty()) continue;
    if (certified && !IsCertified(*token, *certified)) continue;
    if (!std::ranges::equal(token->object.AuthPolicy(), digest)) continue;
    std::vector<Warning> warnings =
        LintPcrs(pcrs ? std::optional(pcrs->Selection()) : std::nullopt, token->record.latch);
    std::optional<int> keyslot = OpenedKeyslot(entry.number, *token, warnings);
    const bool latched = !keyslot && !token->record.pending && WaitsForBoot(*token, access_);
    if (latched && token->record.pin) ThrowPinUntried(entry.number);
    if (latched) keyslot = token->record.keyslots.front();
    if (!keyslot) continue;
    EnrollResult result{.token = entry.number,
                        .keyslot = *keyslot,
                        .changed = Changed::kNo,
                        .proof = latched ? Proof::kButLatch : Proof::kOpened,
                        .record = token->record,
                        .warnings = std::move(warnings),
                        .notes = {}};
    if (token->record.pin && CostsLess(*token->record.pin, request_.pin->kdf)) {
      result.notes.push_back(
          "a guess at its PIN costs less than is asked for now: 'cryptsetup-tpm2 change-pin' gives "
          "it "
          "the cost");
    }
    if (!token->floor) {
      result.notes.push_back(
          "the token allows plain sessions: if this TPM encrypts now, enroll "
          "again with --force and remove this token");
    }
    if (token->record.pending) {
      volume_.ReplaceToken(entry.number, WithoutField(entry.json, kPendingField));
      result.changed = Changed::kYes;
      result.notes.push_back("finished an enroll that was interrupted");
    }
    return result;
  }
  return std::nullopt;
}

}  // namespace

EnrollResult Enroll(Volume &volume, const TpmAccess &access, const EnrollRequest &request) {
  const auto pcrs = TargetPcrs(access, request.seal);
  CheckProvable(access, request.seal, pcrs);
  const auto certified = CertifiedKeys(access, request.seal.keys);
  EnrollResult result;
  if (request.seal.force == Force::kNo) {
    Existing existing(volume, access, request.seal);
    if (auto equal = existing.FindEqual(pcrs, certified)) return std::move(*equal);
    result.notes = std::move(existing.notes);
  }
  // Leavings are only removed once the change is authorised, and the new token fits.
  CheckRoom(volume, request.keyslot);
  // From here on libcryptsetup gets our tokens' passphrases from this process.
  std::optional<LatchProof> latched;
  const TokenOpener opener([&](const std::string &json) {
    if (latched && latched->IsOf(json)) return latched->Passphrase();
    return UnlockNew(json, access, request.seal.pin.get());
  });
  const SecretBytes volume_key = request.authorize(volume);

  const ChosenKeys keys = PrepareKeys(access, request.seal.keys);
  SealResult sealed = [&] {
    const SecretBytes secret = FreshSecret(access, keys, request.seal.floor);
    SealResult made = SealSecret(access, keys, request.seal, pcrs, secret);
    if (request.seal.latch && IsLatchClosed(access, *request.seal.latch)) {
      latched = LatchProof::Make(access, keys, request.seal, made.record, secret);
    }
    return made;
  }();
  const AddedToken added =
      AddProvenToken(volume, volume_key, sealed.record, request.keyslot, result.notes);

  if (latched) result.proof = Proof::kButLatch;
  result.token = added.token;
  result.keyslot = added.keyslot;
  result.record = std::move(sealed.record);
  result.record.keyslots = {added.keyslot};
  result.warnings = std::move(sealed.warnings);
  result.notes.insert(result.notes.end(), sealed.notes.begin(), sealed.notes.end());
  return result;
}

}  // namespace tpm2_sealed
