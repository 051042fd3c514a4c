// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/action/enroll.h"

#include <algorithm>
#include <iterator>
#include <memory>

#include "lib/base/error.h"
#include "lib/base/words.h"
#include "lib/luks/token_mac.h"
#include "lib/luks/token_opener.h"
#include "lib/sealed/demands.h"
#include "lib/sealed/recipe.h"
#include "lib/tpm/lockout.h"

namespace tpm2_sealed {
namespace {

// A token that does not open yet cannot be proved, and a token that is not proved is not enrolled.
void CheckProvable(Tpm &tpm, const SealRequest &request, const std::optional<PcrValues> &pcrs) {
  if (request.expected_pcrs.empty()) return;
  SealRequest now = request;
  now.expected_pcrs.clear();
  now.force = Force::kYes;
  if (TargetPcrs(tpm, now)->values == pcrs->values) return;
  throw Error(Reason::kPolicyMismatch,
              "the given PCR values are not what the PCRs hold now, so that the token cannot be "
              "proved to open the volume",
              "prepare it with 'cryptsetup-tpm2 seal', which proves nothing, and import it");
}

// A token only claims that its salt key was verified; what counts is that it names the key that was
// verified now.
bool IsCertified(const SealedToken &token, const ChosenKeys &certified) {
  return token.record.ek_certificate == certified.ek_certificate &&
         token.salt_key.area.Marshalled() == certified.salt_key.area.Marshalled();
}

// The tokens that the volume has already, compared with the request.
class Existing {
 public:
  Existing(Volume &volume, Tpm &tpm, const SealRequest &request)
      : volume_(volume), tpm_(tpm), request_(request) {}

  // Returns a token of ours that opens the volume and does what is asked for. Finishes it if a
  // killed enroll left it pending, and gives it a mac if it has no valid one.
  std::optional<EnrollResult> FindEqual(const std::optional<PcrValues> &pcrs,
                                        const std::optional<ChosenKeys> &certified);
  // Returns whether FindEqual met tokens with this policy that only the closed latch keeps from
  // opening. Others could have made all that it saw of them, so they count only if their mac is
  // valid.
  bool MetWaiting() const { return !waiting_.empty(); }
  std::optional<EnrollResult> FindByMac(const Authorization &authorization) const;
  std::vector<std::string> notes;  // say what looking has cost

 private:
  struct Waiting {
    TokenEntry entry;
    SealedToken token;
  };
  Outcome Try(const TokenEntry &entry, const SealedToken &token);
  Outcome TryPin(int number, const SealedToken &token);
  std::optional<int> OpenedKeyslot(const SealedToken &token, const Opened &opened) const;
  EnrollResult Found(const TokenEntry &entry, const SealedToken &token, int keyslot) const;
  void Complete(EnrollResult &result, const TokenEntry &entry, const SealedToken &token,
                const Opened &opened);
  bool SaysWhatIsAsked(const SealedToken &token, Protection protection) const;
  void PersistKeysAgain(const SealedToken &token, EnrollResult &result) const;

  Volume &volume_;
  Tpm &tpm_;
  const SealRequest &request_;
  std::vector<Waiting> waiting_;
  bool tried_ = false;  // whether a PIN was tried
};

// A PIN that is not the token's costs one try. At most one try is spent in all, and never the last.
Outcome Existing::TryPin(int number, const SealedToken &token) {
  const Lockout lockout = ReadLockout(tpm_.context());
  if (tried_ || lockout.locked || lockout.counter + 1 >= lockout.max) {
    throw Error(
        Reason::kBusy,
        "the volume has tokens with this policy and a PIN, and whether one of them has this "
        "PIN cannot be tried without losing tries of the TPM",
        "use --force to add another token, or 'cryptsetup-tpm2 change-pin'");
  }
  tried_ = true;
  Outcome outcome = Open(token, tpm_, request_.pin->pin.view());
  const auto *refusal = std::get_if<Refusal>(&outcome);
  if (refusal != nullptr && std::holds_alternative<WrongPin>(*refusal)) {
    notes.push_back("token " + std::to_string(number) +
                    " has the same policy and another PIN; finding that out has cost one of the "
                    "TPM's tries, which --force avoids");
  } else if (refusal != nullptr && ErrorOf(token, *refusal).reason() == Reason::kBusy) {
    throw ErrorOf(token, *refusal);
  }
  return outcome;
}

// Does not say why a token does not open: status does that.
Outcome Existing::Try(const TokenEntry &entry, const SealedToken &token) {
  Outcome outcome = token.record.pin ? TryPin(entry.number, token) : Open(token, tpm_);
  const auto *refusal = std::get_if<Refusal>(&outcome);
  if (refusal != nullptr && OnlyLatchChanged(token, *refusal) && !token.record.pending &&
      !WhyNotLoaded(token, tpm_)) {
    waiting_.push_back({entry, token});
  }
  return outcome;
}

std::optional<int> Existing::OpenedKeyslot(const SealedToken &token, const Opened &opened) const {
  for (const int keyslot : token.record.keyslots) {
    if (volume_.PassphraseOpens(keyslot, opened.passphrase.view())) return keyslot;
  }
  return std::nullopt;
}

EnrollResult Existing::Found(const TokenEntry &entry, const SealedToken &token, int keyslot) const {
  EnrollResult result{.token = entry.number,
                      .keyslot = keyslot,
                      .changed = Changed::kNo,
                      .record = token.record,
                      .warnings = {},
                      .notes = {}};
  result.warnings = LintChoice(tpm_, request_, token.pcrs());
  if (token.record.pin && request_.pin && CostsLess(*token.record.pin, request_.pin->kdf)) {
    result.notes.push_back(
        "a guess at its PIN costs less than is asked for now: 'cryptsetup-tpm2 change-pin' "
        "raises the cost");
  }
  if (token.floor == Protection::kPlain) {
    result.notes.push_back(
        "the token allows plain sessions: if this TPM encrypts now, enroll again with --force and "
        "remove this token");
  }
  return result;
}

// Returns whether all that the mac will cover is what enroll would write now. The policy was
// compared, and the TPM and the keyslot have proved keys and secret. Only the header says the rest,
// so it is compared here.
bool Existing::SaysWhatIsAsked(const SealedToken &token, Protection protection) const {
  const TokenRecord &record = token.record;
  const auto latch = request_.latch ? std::optional(request_.latch->pcr) : std::nullopt;
  return record.latch == latch && token.floor == protection && record.label == request_.label &&
         record.keyslots.size() == 1 && record.replaces.empty() &&
         (!record.ek_certificate || request_.keys.ek_ca);
}

void Existing::Complete(EnrollResult &result, const TokenEntry &entry, const SealedToken &token,
                        const Opened &opened) {
  const SecretBytes volume_key =
      volume_.AuthorizeByPassphrase(opened.passphrase.view(), result.keyslot).volume_key;
  const bool proved = CheckMac(volume_, volume_key, entry.json) == MacState::kValid;
  if (!proved && SaysWhatIsAsked(token, opened.protection)) {
    FinishToken(volume_, volume_key, entry.number);
    result.notes.push_back("the token had no valid mac, and has one now");
  } else if (token.record.pending) {
    volume_.ReplaceToken(entry.number, WithoutField(entry.json, kPendingField));
  } else {
    return;
  }
  result.changed = Changed::kYes;
  if (token.record.pending) result.notes.push_back("finished an enroll that was interrupted");
}

// It would be wrong to say that there is nothing to do, and wrong to add another token.
[[noreturn]] void ThrowPinUntried(int token) {
  throw Error(Reason::kBusy,
              "token " + std::to_string(token) +
                  " has the same policy and a PIN, which cannot be tried now that its latch is "
                  "closed",
              "use 'cryptsetup-tpm2 change-pin' for another PIN, or --force for another token");
}

// Makes the keys that the token names by their handles persistent again if they are gone from
// there.
void Existing::PersistKeysAgain(const SealedToken &token, EnrollResult &result) const {
  try {
    const Context &context = tpm_.context();
    for (const PinnedKey *key : {&token.parent, &token.salt_key}) {
      if (std::string note = PersistAgain(context, *key); !note.empty()) {
        result.notes.push_back(std::move(note));
      }
    }
  } catch (const Error &error) {
    // The token opens the volume without persistent keys, too.
    result.notes.push_back("whether its keys are still persistent cannot be told: " +
                           error.Sentence());
  }
}

std::optional<EnrollResult> Existing::FindEqual(const std::optional<PcrValues> &pcrs,
                                                const std::optional<ChosenKeys> &certified) {
  const Bytes digest = PolicyOf(request_, pcrs).Digest();
  for (const TokenEntry &entry : volume_.OurTokens()) {
    const auto token = SealedToken::TryParse(entry.json);
    if (!token || token->record.keyslots.empty()) continue;
    if (certified && !IsCertified(*token, *certified)) continue;
    if (!std::ranges::equal(token->object.AuthPolicy(), digest)) continue;
    const Outcome outcome = Try(entry, *token);
    const auto *opened = std::get_if<Opened>(&outcome);
    const auto keyslot = opened != nullptr ? OpenedKeyslot(*token, *opened) : std::nullopt;
    if (!keyslot) continue;
    EnrollResult result = Found(entry, *token, *keyslot);
    if (auto warning = PlaintextWarning(opened->protection)) {
      result.warnings.push_back(std::move(*warning));
    }
    if (request_.keys.persist == Persist::kWherePossible) PersistKeysAgain(*token, result);
    Complete(result, entry, *token, *opened);
    return result;
  }
  return std::nullopt;
}

std::optional<EnrollResult> Existing::FindByMac(const Authorization &authorization) const {
  for (const auto &[entry, token] : waiting_) {
    if (CheckMac(volume_, authorization.volume_key, entry.json) != MacState::kValid) continue;
    if (token.record.pin) ThrowPinUntried(entry.number);
    EnrollResult result = Found(entry, token, token.record.keyslots.front());
    result.proof = Proof::kByMac;
    if (request_.keys.persist == Persist::kWherePossible) PersistKeysAgain(token, result);
    return result;
  }
  return std::nullopt;
}

// Warns if the volume opens with less than before as long as the new token exists.
std::optional<Warning> CompareWithOthers(const Volume &volume, const EnrollResult &added) {
  std::vector<std::string> stronger;
  std::string command;
  for (const TokenEntry &entry : volume.OurTokens()) {
    const auto token = SealedToken::TryParse(entry.json);
    if (entry.number == added.token || !token || token->record.keyslots.empty() ||
        token->record.pending) {
      continue;
    }
    const std::string missing =
        WhatIsMissing(Demands::Of(added.record), Demands::Of(token->record));
    if (missing.empty()) continue;
    stronger.push_back("token " + std::to_string(entry.number) + " (" + missing + ")");
    const TokenPlace place{volume.path().device, volume.path().header, entry.number};
    if (command.empty()) command = EnrollCommand(token->record, place);
  }
  if (stronger.empty()) return std::nullopt;
  const TokenPlace place{volume.path().device, volume.path().header, added.token};
  return Warning{warning_id::kWeakerThanToken,
                 "the new token " + std::to_string(added.token) +
                     " does not demand all that is demanded by " + JoinWords(stronger) +
                     ", and opens the volume alone: for one that does, run " + command + ", then " +
                     RemoveCommand(place)};
}

}  // namespace

class Enrollment::Tokens : public Existing {
  using Existing::Existing;
};

Enrollment::Enrollment(Volume &volume, Tpm &tpm, const EnrollRequest &request)
    : volume_(volume),
      tpm_(tpm),
      request_(request),
      pcrs_(TargetPcrs(tpm, request.seal)),
      existing_(std::make_unique<Tokens>(volume, tpm, request.seal)) {
  CheckProvable(tpm, request.seal, pcrs_);
}

Enrollment::~Enrollment() = default;

std::optional<EnrollResult> Enrollment::FindEqual() {
  const auto certified = CertifiedKeys(tpm_, request_.seal.keys);
  if (request_.seal.force == Force::kNo) {
    if (auto equal = existing_->FindEqual(pcrs_, certified)) return equal;
    if (existing_->MetWaiting()) return std::nullopt;
  }
  CheckRoom(volume_, request_.keyslot);
  return std::nullopt;
}

std::optional<EnrollResult> Enrollment::FindEqualByMac(const Authorization &authorization) {
  if (!existing_->MetWaiting()) return std::nullopt;
  if (auto equal = existing_->FindByMac(authorization)) return equal;
  // Leavings are removed only once the change is authorised and the new token fits.
  CheckRoom(volume_, request_.keyslot);
  return std::nullopt;
}

EnrollResult Enrollment::Add(const Authorization &authorization) {
  const ChosenKeys keys = PrepareKeys(tpm_, request_.seal.keys);
  EnrollResult result;
  result.notes = std::move(existing_->notes);
  NewToken added = AddSealedToken(
      volume_, tpm_,
      {.request = request_.seal, .keys = keys, .pcrs = pcrs_, .keyslot = request_.keyslot},
      authorization, result.notes);
  Take(result, std::move(added));
  if (auto weaker = CompareWithOthers(volume_, result)) {
    result.warnings.push_back(std::move(*weaker));
  }
  return result;
}

void Take(EnrollResult &result, NewToken added) {
  result.proof = added.proved == Proved::kOpened ? Proof::kOpened : Proof::kButLatch;
  result.token = added.token;
  result.keyslot = added.keyslot;
  result.record = std::move(added.sealed.record);
  result.warnings = std::move(added.sealed.warnings);
  std::ranges::move(added.sealed.notes, std::back_inserter(result.notes));
}

std::optional<Authorization> AuthorizeByToken(Volume &volume, Tpm &tpm) {
  // Tokens of other types may want the TPM for themselves, before and after one of ours is tried.
  tpm.Release();
  const TokenOpener opener([&](const std::string &json) {
    Tpm of_token(tpm.machine());
    return UnlockInPassing(json, of_token);
  });
  return volume.AuthorizeByToken();
}

}  // namespace tpm2_sealed
