// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/sealed/sealed_token.h"

#include <algorithm>
#include <string>

#include "lib/base/encoding.h"
#include "lib/base/error.h"

namespace tpm2_sealed {
namespace {

[[noreturn]] void Fail(const std::string &field, const std::string &problem) {
  throw Error(Reason::kBadToken, "token field " + field + ": " + problem,
              "the token is damaged or was made by other software");
}

// An area whose hash is unknown has no Name, and keys and objects are identified by their Names.
void CheckNameAlgorithm(const PublicArea &area, const std::string &field) {
  if (area.HasKnownName()) return;
  Fail(field + ".public", "its name algorithm is unknown to this version");
}

PinnedKey ToPinnedKey(const TokenRecord::Key &key, const std::string &field) {
  const auto template_id = TemplateByName(key.template_name);
  if (!template_id) {
    Fail(field + ".template", "'" + key.template_name + "' is unknown to this version");
  }
  if (key.handle && !IsPersistentHandle(*key.handle)) {
    Fail(field + ".handle", FormatHandle(*key.handle) + " is no persistent handle");
  }
  if (!key.handle && *template_id == TemplateId::kHandle) {
    Fail(field + ".handle", "is missing, and the template 'handle' needs it");
  }
  const std::string what = "token field " + field + ".public";
  PinnedKey pinned{.template_id = *template_id,
                   .handle = key.handle,
                   .area = PublicArea::Parse(key.public_area, what.c_str()),
                   .esys = key.esys};
  CheckNameAlgorithm(pinned.area, field);
  return pinned;
}

// A wrong template name would stand for a key that nothing can create again.
void CheckTemplate(const PinnedKey &key, const std::string &field) {
  const KeyTemplate *key_template = FindTemplate(key.template_id);
  if (key_template == nullptr || Resembles(key.area, *key_template)) return;
  Fail(field + ".template",
       "'" + std::string(key_template->name) + "' does not match the public area");
}

Policy ToPolicy(const TokenRecord &record) {
  const PinDemand pin = record.pin ? PinDemand::kRequired : PinDemand::kNone;
  if (!record.pcrs) return TokenPolicy(std::nullopt, pin);
  return TokenPolicy(PcrValues{.bank = record.pcrs->bank, .values = record.pcrs->values}, pin);
}

}  // namespace

Policy TokenPolicy(const std::optional<PcrValues> &pcrs, PinDemand pin) {
  Policy policy;
  if (pcrs) policy.steps.emplace_back(PcrStep{*pcrs});
  if (pin == PinDemand::kRequired) policy.steps.emplace_back(AuthValueStep{});
  return policy;
}

std::optional<Bytes> NameOfSealed(const TokenRecord &record) {
  try {
    return PublicArea::Parse(record.sealed_public, "token field sealed.public").Name();
  } catch (const Error &) {
    return std::nullopt;
  }
}

TokenRecord::Key ToRecord(const PinnedKey &key) {
  return {.template_name = std::string(TemplateName(key.template_id)),
          .handle = key.handle,
          .public_area = key.area.Marshalled(),
          .esys = key.esys};
}

SealedToken SealedToken::Parse(std::string_view json) { return Of(TokenRecord::Parse(json)); }

std::optional<SealedToken> SealedToken::TryParse(std::string_view json) {
  try {
    return Parse(json);
  } catch (const Error &) {
    return std::nullopt;
  }
}

SealedToken SealedToken::Of(TokenRecord record) {
  PinnedKey salt_key = ToPinnedKey(record.salt_key, "session.salt_key");
  CheckSaltKeyArea(salt_key.area);
  PinnedKey parent = ToPinnedKey(record.parent, "parent");
  SealedObject object = SealedObject::Parse(record.sealed_public, record.sealed_private);
  CheckNameAlgorithm(object.public_area(), "sealed");
  CheckTemplate(salt_key, "session.salt_key");
  CheckTemplate(parent, "parent");
  Policy policy = ToPolicy(record);
  const Bytes digest = policy.Digest();
  if (!std::ranges::equal(digest, object.AuthPolicy())) {
    Fail("policy", "does not give the authPolicy of sealed.public");
  }
  const std::optional<Protection> floor = ProtectionByName(record.encryption);
  if (!floor) Fail("session.encryption", "'" + record.encryption + "' is unknown to this version");
  return {std::move(record), std::move(salt_key), std::move(parent),
          std::move(object), std::move(policy),   *floor,
          std::nullopt};
}

}  // namespace tpm2_sealed
