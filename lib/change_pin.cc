// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/change_pin.h"

#include <algorithm>
#include <set>

#include "lib/base/crypto.h"
#include "lib/base/error.h"
#include "lib/latch_proof.h"
#include "lib/luks/token_opener.h"
#include "lib/readiness.h"
#include "lib/tpm/primary.h"

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
                "add one that has with 'cryptsetup-tpm2 enroll --pin', then remove this");
  }
  return token;
}

// The parent without its handle if another key is there now: then it is made from its template.
PinnedKey WhereItIs(const TpmAccess &access, PinnedKey parent) {
  if (!parent.handle) return parent;
  const Context context({.tcti = access.tcti, .command_limit = access.command_limit});
  const std::optional<PublicArea> there = ReadPublicAt(context, *parent.handle);
  if (!there || there->Marshalled() != parent.area.Marshalled()) parent.handle.reset();
  if (!parent.handle) parent.esys.clear();
  return parent;
}

struct Anew {
  SealResult sealed;
  std::optional<LatchProof> latched;  // if the latch is closed
};

// The old token with another secret and another PIN.
Anew SealAnew(const TpmAccess &access, const SealedToken &old, const ChangePinRequest &request) {
  const ChosenKeys keys{.salt_key = old.salt_key, .parent = WhereItIs(access, old.parent)};
  SealRequest seal;
  if (old.policy.pcrs) seal.pcrs = old.policy.pcrs->Selection();
  if (old.record.latch) {
    seal.latch = LatchPcr{.bank = old.policy.pcrs->bank, .pcr = *old.record.latch};
  }
  seal.pin = request.pin;
  // What the old token had, whoever sits between CPU and TPM now.
  seal.floor = old.floor;
  const SecretBytes secret = FreshSecret(access, keys, seal.floor);
  SealResult sealed = SealSecret(access, keys, seal, old.policy.pcrs, secret);
  TokenRecord record = old.record;
  record.keyslots.clear();
  record.created = sealed.record.created;
  record.encryption = sealed.record.encryption;
  record.sealed_public = sealed.record.sealed_public;
  record.sealed_private = sealed.record.sealed_private;
  record.pin = sealed.record.pin;
  record.replaces = NameOfSealed(old.record);
  sealed.record = std::move(record);
  Anew anew{.sealed = std::move(sealed), .latched = std::nullopt};
  if (seal.latch && IsLatchClosed(access, *seal.latch)) {
    anew.latched = LatchProof::Make(access, keys, seal, anew.sealed.record, secret);
  }
  return anew;
}

// What the policy lacks, in words; empty: nothing.
std::string WhatItLacks(const SealedToken &token, const SealRequest &usual) {
  const auto &pcrs = token.policy.pcrs;
  for (std::uint32_t pcr = 0; usual.pcrs && pcr < kPcrCount; ++pcr) {
    if (!usual.pcrs->Contains(pcr) || (pcrs && pcrs->values.contains(pcr))) continue;
    return "does not name PCR " + std::to_string(pcr) + " (" + PcrMeaning(pcr) + ")";
  }
  if (usual.pcrs && DigestSize(pcrs->bank) < DigestSize(usual.pcrs->bank)) {
    return "is about the " + pcrs->bank + " bank";
  }
  if (!usual.latch) return "";
  const std::uint32_t latch = usual.latch->pcr;
  // Sealed to another value it opens in a system that runs, and only there.
  const bool latched = token.record.latch == latch && !IsLatchExtended(pcrs->values.at(latch));
  return latched ? "" : "is without the latch, PCR " + std::to_string(latch);
}

}  // namespace

void CheckUnprovedPolicy(const SealedToken &token, const SealRequest &usual) {
  const std::string lack = WhatItLacks(token, usual);
  if (lack.empty()) return;
  throw Error(Reason::kPolicyMismatch,
              "the policy of this token " + lack +
                  ", as enroll would demand, and without the present PIN nothing proves that it is "
                  "the one that was enrolled",
              "say --force if you know that the token was made so, or, where the latch is open, "
              "authorise the change with the present PIN");
}

EnrollResult ChangePin(Volume &volume, const TpmAccess &access, const ChangePinRequest &request) {
  const SealedToken old = ParsePinToken(volume, request.token);
  if (!WaitsForBoot(old, access)) CheckReadyForPin(old, access);
  std::optional<Anew> anew;
  const TokenOpener opener([&](const std::string &json) {
    if (anew && anew->latched && anew->latched->IsOf(json)) return anew->latched->Passphrase();
    return UnlockNew(json, access, request.pin.get());
  });
  const SecretBytes volume_key = request.authorize(volume);

  EnrollResult result;
  anew = SealAnew(access, old, request);
  const AddedToken added =
      AddProvenToken(volume, volume_key, anew->sealed.record, std::nullopt, result.notes);

  result.notes.push_back("the policy is that of the old token: " +
                         (old.policy.pcrs ? old.policy.pcrs->Selection().Format() : "no PCRs"));
  if (anew->latched) result.proof = Proof::kButLatch;
  result.token = added.token;
  result.keyslot = added.keyslot;
  result.record = std::move(anew->sealed.record);
  result.record.keyslots = {added.keyslot};
  result.warnings = std::move(anew->sealed.warnings);
  return result;
}

int ChoosePinToken(const Volume &volume, std::optional<int> token) {
  std::set<Bytes> replaced;
  std::vector<std::pair<int, Bytes>> with_pin;
  for (const TokenEntry &entry : volume.OurTokens()) {
    try {
      const TokenRecord record = TokenRecord::Parse(entry.json);
      // One that is not whole yet has replaced nothing.
      if (record.pending) continue;
      if (!record.replaces.empty()) replaced.insert(record.replaces);
      if (record.pin) with_pin.emplace_back(entry.number, NameOfSealed(record));
    } catch (const Error &) {
      // One that cannot be read has no PIN to change.
    }
  }
  std::erase_if(with_pin, [&](const auto &entry) { return replaced.contains(entry.second); });
  std::string numbers;
  for (const auto &[number, name] : with_pin) {
    if (token == number) return number;
    numbers += (numbers.empty() ? "" : ", ") + std::to_string(number);
  }
  if (with_pin.empty()) {
    throw Error(Reason::kBadToken, volume.device() + " has no token with a PIN",
                "make one with 'cryptsetup-tpm2 enroll --pin'");
  }
  if (token) {
    throw Error(Reason::kBadToken,
                "token " + std::to_string(*token) + " of " + volume.device() +
                    " is none with a PIN, or another one has replaced it",
                "those with one are: " + numbers);
  }
  if (with_pin.size() > 1) {
    throw Error(Reason::kNotSupported,
                volume.device() + " has several tokens with a PIN: " + numbers,
                "choose one with --token");
  }
  return with_pin.front().first;
}

}  // namespace tpm2_sealed
