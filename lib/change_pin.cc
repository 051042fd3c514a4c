// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/change_pin.h"

#include <algorithm>
#include <set>

#include "lib/base/error.h"
#include "lib/luks/token_opener.h"
#include "lib/readiness.h"

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

// The old token with another secret and another PIN.
SealResult SealAnew(const TpmAccess &access, const SealedToken &old,
                    const ChangePinRequest &request) {
  const ChosenKeys keys{.salt_key = old.salt_key, .parent = old.parent, .notes = {}};
  SealRequest seal;
  if (old.policy.pcrs) seal.pcrs = old.policy.pcrs->Selection();
  seal.pin = request.pin;
  const SecretBytes secret = FreshSecret(access, keys);
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
  return sealed;
}

}  // namespace

EnrollResult ChangePin(Volume &volume, const TpmAccess &access, const ChangePinRequest &request) {
  const SealedToken old = ParsePinToken(volume, request.token);
  CheckReadyForPin(old, access);
  const TokenOpener opener(
      [&](const std::string &json) { return OpenWithNewPin(json, access, request.pin.get()); });
  const SecretBytes volume_key = request.authorize(volume);

  EnrollResult result;
  FinishReplacements(volume, result.notes);
  RemoveLeavings(volume, Leavings::kWithoutKeyslot, -1, result.notes);
  SealResult sealed = SealAnew(access, old, request);
  const AddedToken added = AddProvenToken(volume, volume_key, sealed.record, std::nullopt);
  FinishReplacements(volume, result.notes);
  RemoveLeavings(volume, Leavings::kAll, added.token, result.notes);

  result.token = added.token;
  result.keyslot = added.keyslot;
  result.record = std::move(sealed.record);
  result.record.keyslots = {added.keyslot};
  result.warnings = std::move(sealed.warnings);
  return result;
}

int ChoosePinToken(const Volume &volume, std::optional<int> token) {
  std::vector<int> candidates;
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
  std::string numbers;
  for (const auto &[number, name] : with_pin) {
    if (token == number) return number;
    if (replaced.contains(name)) continue;
    candidates.push_back(number);
    numbers += (numbers.empty() ? "" : ", ") + std::to_string(number);
  }
  if (candidates.empty()) {
    throw Error(Reason::kBadToken, volume.device() + " has no token with a PIN",
                "make one with 'cryptsetup-tpm2 enroll --pin'");
  }
  if (token) {
    throw Error(Reason::kBadToken,
                "token " + std::to_string(*token) + " of " + volume.device() + " has no PIN",
                "those with one are: " + numbers);
  }
  if (candidates.size() > 1) {
    throw Error(Reason::kNotSupported,
                volume.device() + " has several tokens with a PIN: " + numbers,
                "choose one with --token");
  }
  return candidates.front();
}

}  // namespace tpm2_sealed
