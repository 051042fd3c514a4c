// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/action/change_pin.h"

#include <algorithm>
#include <set>

#include "lib/action/new_token.h"
#include "lib/base/crypto.h"
#include "lib/base/error.h"
#include "lib/base/words.h"
#include "lib/luks/token_mac.h"
#include "lib/tpm/key/primary.h"
#include "lib/tpm/policy/lint.h"

namespace tpm2_sealed {
namespace {

SealedToken ParsePinToken(const Volume &volume, int number) {
  const auto json = volume.TokenJson(number);
  if (!json) {
    throw Error(Reason::kBadToken, volume.device() + " has no token " + std::to_string(number));
  }
  SealedToken token = SealedToken::Parse(*json);
  if (!token.record.pin) {
    throw Error(Reason::kNotSupported, "token " + std::to_string(number) + " has no PIN",
                "add one that has a PIN with 'cryptsetup-tpm2 enroll --pin', then remove this one");
  }
  return token;
}

// Returns the parent, without its handle if another key is there now; then it is created from its
// template.
PinnedKey WhereItIs(Tpm &tpm, PinnedKey parent) {
  if (!parent.handle) return parent;
  const std::optional<PublicArea> there = ReadPublicAt(tpm.context(), *parent.handle);
  if (!there || there->Marshalled() != parent.area.Marshalled()) parent.handle.reset();
  if (!parent.handle) parent.esys.clear();
  return parent;
}

// Returns the request that seals to the old token's policy again.
SealRequest RequestLike(const SealedToken &old, const ChangePinRequest &request) {
  SealRequest seal;
  const PcrValues *pcrs = old.policy.Pcrs();
  if (pcrs != nullptr) seal.pcrs = pcrs->Selection();
  if (old.record.latch) {
    seal.latch = LatchPcr{.bank = pcrs->bank, .pcr = *old.record.latch};
  }
  seal.pin = request.pin;
  // The protection is at least the old token's, whoever sits between CPU and TPM now.
  seal.floor = old.floor;
  return seal;
}

bool IsProved(const Volume &volume, const ChangePinRequest &request) {
  const auto json = volume.TokenJson(request.token);
  return json && CheckMac(volume, request.authorization.volume_key, *json) == MacState::kValid;
}

// Somebody who knows the private part of the parent key could read the new secret.
void RefuseForeignParent(const SealedToken &token) {
  if (IsKeptByTpm(token.parent.area)) return;
  throw Error(Reason::kBadToken,
              "the parent key that the token names is not one that the TPM made and keeps, and no "
              "valid mac shows that it was enrolled so",
              "enroll again with --pin, and remove this token");
}

// Says what the policy lacks. Returns an empty string if it lacks nothing.
std::string WhatItLacks(const SealedToken &token, const SealRequest &usual) {
  const PcrValues *pcrs = token.policy.Pcrs();
  for (std::uint32_t pcr = 0; usual.pcrs && pcr < kPcrCount; ++pcr) {
    if (!usual.pcrs->Contains(pcr) || (pcrs && pcrs->values.contains(pcr))) continue;
    return "does not name PCR " + std::to_string(pcr) + " (" + PcrMeaning(pcr) + ")";
  }
  if (usual.pcrs && DigestSize(pcrs->bank) < DigestSize(usual.pcrs->bank)) {
    return "is about the " + pcrs->bank + " bank";
  }
  // Where only the TPM could tell, no unified kernel image counts as booted.
  const UnifiedKernel booted =
      pcrs ? UnifiedKernelFrom(*pcrs).value_or(UnifiedKernel::kNo) : UnifiedKernel::kNo;
  for (const auto &[pcr, value] : pcrs ? pcrs->values : std::map<std::uint32_t, Bytes>()) {
    if (usual.latch && pcr == usual.latch->pcr) continue;
    if (pcr == token.record.latch || !ProtectsNothing(pcr, value, booted)) continue;
    return "is about PCR " + std::to_string(pcr) + " (" + PcrMeaning(pcr) + ") in the " +
           pcrs->bank + " bank, which was never extended";
  }
  if (!usual.latch) return "";
  const std::uint32_t latch = usual.latch->pcr;
  // A token that is sealed to another value of the latch opens in the running system, and only
  // there.
  const bool latched = token.record.latch == latch && !IsLatchExtended(pcrs->values.at(latch));
  return latched ? "" : "is without the latch, PCR " + std::to_string(latch);
}

// Returns "sha256:0+7+15, with the latch, PCR 15".
std::string DescribePolicy(const SealedToken &token) {
  const PcrValues *pcrs = token.policy.Pcrs();
  const std::string text = pcrs ? pcrs->Selection().Format() : std::string("no PCRs");
  const auto latch = token.record.latch;
  return text + (latch ? ", with the latch, PCR " + std::to_string(*latch) : ", without a latch");
}

}  // namespace

Authorization AuthorizeByPin(const Volume &volume, const SealedToken &token, Tpm &tpm,
                             ByteView pin) {
  const Opened opened = Require(token, Open(token, tpm, pin));
  const auto &keyslots = token.record.keyslots;
  const auto other = std::ranges::find_if_not(keyslots, [&](int keyslot) {
    return volume.PassphraseOpens(keyslot, opened.passphrase.view());
  });
  if (keyslots.empty() || other != keyslots.end()) {
    throw Error(Reason::kBadToken,
                keyslots.empty() ? "the token names no keyslot"
                                 : "the PIN is right, and does not open keyslot " +
                                       std::to_string(*other) + ", which the token names",
                "the header was changed: enroll again with --pin and --force");
  }
  Authorization authorization =
      volume.AuthorizeByPassphrase(opened.passphrase.view(), keyslots.front());
  authorization.after = AfterUse::kReplaced;
  return authorization;
}

std::vector<std::string> CheckPolicyToTakeOver(const Volume &volume,
                                               const ChangePinRequest &request,
                                               const SealRequest &usual, Force force) {
  const SealedToken token = ParsePinToken(volume, request.token);
  if (IsProved(volume, request)) return {};
  RefuseForeignParent(token);
  const std::string lack = WhatItLacks(token, usual);
  const std::string what = "token " + std::to_string(request.token) +
                           " has no valid mac, so that nothing proves that its policy (" +
                           DescribePolicy(token) + ") is the one that was enrolled" +
                           (lack.empty() ? "" : "; it " + lack + ", as enroll would demand");
  const bool by_pin = request.authorization.after == AfterUse::kReplaced;
  if (force == Force::kYes || (by_pin && lack.empty())) return {what};
  throw Error(Reason::kPolicyMismatch, what,
              "use --force if it is what you enrolled; otherwise enroll again with --pin, and "
              "remove this token");
}

EnrollResult ChangePin(Volume &volume, Tpm &tpm, const ChangePinRequest &request) {
  SealedToken old = ParsePinToken(volume, request.token);
  EnrollResult result;
  if (!IsProved(volume, request)) {
    RefuseForeignParent(old);
    if (old.record.ek_certificate) {
      old.record.ek_certificate.reset();
      result.notes.push_back(
          "the new token does not say that the salt key's certificate was verified, since no valid "
          "mac shows it");
    }
  }
  const ChosenKeys keys{.salt_key = old.salt_key, .parent = WhereItIs(tpm, old.parent)};
  const SealRequest seal = RequestLike(old, request);
  NewToken added = AddSealedToken(
      volume, tpm,
      {.request = seal, .keys = keys, .pcrs = old.pcrs(), .replaced = &old.record},
      request.authorization, result.notes);
  result.notes.push_back("the policy is that of the old token: " + DescribePolicy(old));
  Take(result, std::move(added));
  return result;
}

int ChoosePinToken(const Volume &volume, std::optional<int> token) {
  std::set<Bytes> replaced;
  std::vector<std::pair<int, Bytes>> with_pin;
  for (const TokenEntry &entry : volume.OurTokens()) {
    const auto record = TokenRecord::TryParse(entry.json);
    // A pending token has replaced nothing; a token that cannot be read has no PIN to change.
    if (!record || record->pending) continue;
    if (!record->replaces.empty()) replaced.insert(record->replaces);
    if (auto name = NameOfSealed(*record); name && record->pin) {
      with_pin.emplace_back(entry.number, std::move(*name));
    }
  }
  std::erase_if(with_pin, [&](const auto &entry) { return replaced.contains(entry.second); });
  std::vector<int> numbers;
  for (const auto &[number, name] : with_pin) {
    if (token == number) return number;
    numbers.push_back(number);
  }
  if (with_pin.empty()) {
    throw Error(Reason::kBadToken, volume.device() + " has no token with a PIN",
                "make one with 'cryptsetup-tpm2 enroll --pin'");
  }
  if (token) {
    throw Error(Reason::kBadToken,
                "token " + std::to_string(*token) + " of " + volume.device() +
                    " has no PIN, or another one has replaced it",
                "the tokens with a PIN are: " + ListNumbers(numbers));
  }
  if (with_pin.size() > 1) {
    throw Error(Reason::kNotSupported,
                volume.device() + " has several tokens with a PIN: " + ListNumbers(numbers),
                "choose one with --token");
  }
  return with_pin.front().first;
}

}  // namespace tpm2_sealed
