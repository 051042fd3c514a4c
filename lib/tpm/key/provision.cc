// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/key/provision.h"

#include <map>

#include "lib/base/encoding.h"
#include "lib/base/error.h"
#include "lib/base/secret.h"
#include "lib/tpm/key/create_primary.h"
#include "lib/tpm/link/esys.h"
#include "lib/tpm/link/rc.h"

namespace tpm2_sealed {
namespace {

bool Same(const PublicArea &a, const PublicArea &b) {
  return ConstantTimeEqual(a.Marshalled(), b.Marshalled());
}

KeyChoice ParseChoice(std::string_view text, const char *option, Hierarchy hierarchy) {
  if (text == "auto") return {};
  if (const auto handle = ParseHandle(text)) {
    if (!IsPersistentHandle(*handle)) {
      throw Error(Reason::kNotSupported,
                  std::string(option) + " " + std::string(text) + " is not a persistent handle",
                  "give one from 0x81000000 to 0x81ffffff");
    }
    return {.kind = KeyChoice::Kind::kHandle, .handle = *handle};
  }
  std::string known = "auto";
  for (const KeyTemplate &t : KeyTemplates()) {
    if (t.hierarchy != hierarchy) continue;
    if (t.name == text) return {.kind = KeyChoice::Kind::kTemplate, .template_id = t.id};
    known += ", " + std::string(t.name);
  }
  if (hierarchy == Hierarchy::kEndorsement) known += ", srk";
  throw Error(Reason::kNotSupported,
              std::string(option) + " '" + std::string(text) + "' is not known",
              "use " + known + " or a persistent handle such as 0x81000001");
}

struct Persisted {
  bool done;
  std::string note;
};

// Makes `key` persistent at the handle of `pinned`. A refusal of the TPM is not an error, since
// every open can make the key again. tests/integration/persistent.test shows this.
Persisted MakePersistent(const Context &context, const PinnedKey &pinned,
                         const TransientObject &key) {
  const std::string where =
      std::string(TemplateName(pinned.template_id)) + " at " + FormatHandle(*pinned.handle);
  ESYS_TR persistent = ESYS_TR_NONE;
  const TSS2_RC code = context.Retry([&] {
    return Esys_EvictControl(context.esys(), ESYS_TR_RH_OWNER, Raw(key.tr()), ESYS_TR_PASSWORD,
                             ESYS_TR_NONE, ESYS_TR_NONE, *pinned.handle, &persistent);
  });
  if (code == TSS2_RC_SUCCESS) {
    (void)Esys_TR_Close(context.esys(), &persistent);
    return {true, "made the key " + where + " persistent"};
  }
  // If the TPM did not answer, no other command will work either.
  if (!rc::IsFromTpm(code)) context.Check("TPM2_EvictControl", code);
  // The TPM may have made the key persistent and still answer "try again".
  const std::optional<PublicArea> there = ReadPublicAt(context, *pinned.handle);
  if (there && Same(*there, pinned.area)) return {true, "made the key " + where + " persistent"};
  const std::string why =
      rc::IsAuthRefused(code) ? "the TPM's owner hierarchy has a password" : rc::Explain(code);
  return {false, "cannot keep the key " + where + ": " + why +
                     "; it is made again at every open, which takes longer"};
}

// One ChooseKeys call.
class Chooser {
 public:
  Chooser(const Context &context, const KeyRequest &request)
      : context_(context), request_(request) {}

  PinnedKey Parent();
  PinnedKey SaltKey(const PinnedKey &parent);
  // Returns the key, or why the TPM refused to make it.
  std::variant<PinnedKey, CreateRefusal> TryTemplate(const KeyTemplate &t);
  std::vector<std::string> notes;

 private:
  PinnedKey FromTemplate(const KeyTemplate &t);
  PinnedKey FromFirstPossible(const KeyTemplate &first, const KeyTemplate &second);
  PinnedKey FromHandle(std::uint32_t handle);
  PinnedKey FromExistingOnly(const KeyTemplate &t, const PublicArea &existing);
  PinnedKey AutoParent();
  // Returns the key at the handle, which it reads only once; nullptr if there is none. The code
  // that later opens the keys reads and compares them again (tests/integration/attacker.test).
  const KeyAtHandle *At(std::uint32_t handle);

  const Context &context_;
  const KeyRequest &request_;
  std::map<std::uint32_t, std::optional<KeyAtHandle>> looked_at_;
};

const KeyAtHandle *Chooser::At(std::uint32_t handle) {
  auto known = looked_at_.find(handle);
  if (known == looked_at_.end()) {
    known = looked_at_.emplace(handle, KeyAtHandle::Look(context_, handle)).first;
  }
  return known->second ? &*known->second : nullptr;
}

// Takes the key at the TCG's handle as it is: the hierarchy has a password, so nobody can compare
// it with the template's key.
PinnedKey Chooser::FromExistingOnly(const KeyTemplate &t, const PublicArea &existing) {
  notes.push_back("the TPM hierarchy of " + std::string(t.name) +
                  " has a password: the key is used as it is at " + FormatHandle(t.handle) +
                  " and cannot be made again if it is evicted");
  return {.template_id = t.id, .handle = t.handle, .area = existing, .esys = {}};
}

std::variant<PinnedKey, CreateRefusal> Chooser::TryTemplate(const KeyTemplate &t) {
  const KeyAtHandle *there = At(t.handle);
  const PublicArea *existing = there != nullptr ? &there->area() : nullptr;
  // The key is always made once: that alone shows that the key at the handle is the one that the
  // template makes, and that an "EK" belongs to the endorsement hierarchy.
  auto result = TryCreatePrimary(context_, t);
  if (const auto *refusal = std::get_if<CreateRefusal>(&result)) {
    // The public area is not enough here: a key of the owner hierarchy can look like an EK.
    const bool usable = *refusal == CreateRefusal::kHierarchyPassword && existing != nullptr &&
                        Resembles(*existing, t) && there->IsPrimaryOf(t.hierarchy);
    if (usable) return FromExistingOnly(t, *existing);
    return *refusal;
  }
  const TransientObject &made = std::get<TransientObject>(result);
  const std::optional<PublicArea> area = AreaThatEsysUses(context_, made.tr());
  if (!area) throw Error(Reason::kInternal, "ESYS's record of a key cannot be read");
  PinnedKey key{.template_id = t.id, .handle = std::nullopt, .area = *area, .esys = {}};
  if (existing != nullptr && Same(*existing, *area)) {
    key.handle = t.handle;
  } else if (existing != nullptr) {
    notes.push_back("another key is at " + FormatHandle(t.handle) + ": " + std::string(t.name) +
                    " is made again at every open, which takes longer");
  } else if (request_.persist == Persist::kWherePossible) {
    key.handle = t.handle;
    const Persisted persisted = MakePersistent(context_, key, made);
    if (!persisted.done) key.handle.reset();
    notes.push_back(persisted.note);
  }
  return key;
}

PinnedKey Chooser::FromHandle(std::uint32_t handle) {
  const KeyAtHandle *there = At(handle);
  if (there == nullptr) {
    throw Error(Reason::kNotSupported, "the TPM has no key at " + FormatHandle(handle),
                "list the handles with 'tpm2_getcap handles-persistent'");
  }
  const PublicArea *area = &there->area();
  PinnedKey key{.template_id = TemplateId::kHandle, .handle = handle, .area = *area, .esys = {}};
  for (const KeyTemplate &t : KeyTemplates()) {
    if (!Resembles(*area, t)) continue;
    const auto result = TryCreatePrimary(context_, t);
    if (std::holds_alternative<CreateRefusal>(result)) {
      if (std::get<CreateRefusal>(result) == CreateRefusal::kHierarchyPassword) {
        (void)FromExistingOnly(t, *area);
      }
      continue;
    }
    const auto *made = std::get_if<TransientObject>(&result);
    const std::optional<PublicArea> made_area = AreaThatEsysUses(context_, made->tr());
    if (made_area && Same(*made_area, *area)) key.template_id = t.id;
  }
  return key;
}

PinnedKey Chooser::FromTemplate(const KeyTemplate &t) {
  auto result = TryTemplate(t);
  if (auto *key = std::get_if<PinnedKey>(&result)) return std::move(*key);
  ThrowRefusal(t, std::get<CreateRefusal>(result));
}

// If the TPM refuses both, the first refusal is reported.
PinnedKey Chooser::FromFirstPossible(const KeyTemplate &first, const KeyTemplate &second) {
  auto result = TryTemplate(first);
  if (auto *key = std::get_if<PinnedKey>(&result)) return std::move(*key);
  auto other = TryTemplate(second);
  if (auto *key = std::get_if<PinnedKey>(&other)) return std::move(*key);
  ThrowRefusal(first, std::get<CreateRefusal>(result));
}

// If the user chose no parent, an existing key is used only if trying it cannot cost one of the
// TPM's tries, and if it accepts the empty password. A public area does not show whether there is a
// password. tests/integration/parents.test shows this.
PinnedKey Chooser::AutoParent() {
  const KeyTemplate &ecc = *FindTemplate(TemplateId::kSrkEccP256);
  const KeyTemplate &rsa = *FindTemplate(TemplateId::kSrkRsa2048);
  const KeyAtHandle *existing = At(ecc.handle);
  if (existing == nullptr || !IsStorageKey(existing->area())) return FromFirstPossible(ecc, rsa);
  if (existing->area().Has(ObjectAttributes::kNoDa)) {
    PinnedKey key = FromHandle(ecc.handle);
    // If the template is known, Parent() makes the same key without its password.
    if (key.template_id != TemplateId::kHandle || !existing->NeedsPassword()) return key;
    notes.push_back("the key at " + FormatHandle(ecc.handle) + " has a password");
  } else {
    notes.push_back("the key at " + FormatHandle(ecc.handle) +
                    " is subject to dictionary-attack lockout, and if it had a password, using it "
                    "would cost tries");
  }
  try {
    return FromFirstPossible(ecc, rsa);
  } catch (const Error &error) {
    if (error.reason() != Reason::kNotSupported) throw;
    throw Error(Reason::kNotSupported, std::string(error.what()) + ", and " + notes.back(),
                error.hint() + "; or, if you know that the key at " + FormatHandle(ecc.handle) +
                    " has no password, use --parent " + FormatHandle(ecc.handle));
  }
}

PinnedKey Chooser::Parent() {
  PinnedKey key = [&] {
    const KeyChoice &choice = request_.parent;
    if (choice.kind == KeyChoice::Kind::kAuto) return AutoParent();
    return choice.kind == KeyChoice::Kind::kHandle
               ? FromHandle(choice.handle)
               : FromTemplate(*FindTemplate(choice.template_id));
  }();
  if (!IsStorageKey(key.area)) {
    throw Error(
        Reason::kNotSupported,
        "the key at " + FormatHandle(key.handle.value_or(0)) +
            " cannot be a parent: it is not a storage key that stays in the TPM and needs no "
            "policy",
        "choose another with --parent");
  }
  if (!key.area.Has(ObjectAttributes::kNoDa)) {
    notes.push_back(
        "the parent key is subject to dictionary-attack lockout: while the TPM is locked out, or "
        "counts wrong tries, the volume does not open without a PIN; choose another with --parent");
  }
  // A key that was just made persistent has no password.
  const KeyAtHandle *there = key.handle ? At(*key.handle) : nullptr;
  if (there != nullptr && there->NeedsPassword()) {
    const std::string what = "the key at " + FormatHandle(*key.handle) + " has a password";
    if (key.template_id == TemplateId::kHandle) {
      throw Error(Reason::kNotSupported, what + " and cannot be a parent",
                  "choose another with --parent, for instance srk-ecc-p256");
    }
    // The template makes the same key without a password.
    key.handle.reset();
    notes.push_back(what + ": " + std::string(TemplateName(key.template_id)) +
                    " is made again at every open, which takes longer");
  }
  return key;
}

PinnedKey Chooser::SaltKey(const PinnedKey &parent) {
  PinnedKey key = [&] {
    const KeyChoice &choice = request_.salt_key;
    switch (choice.kind) {
      case KeyChoice::Kind::kSameAsParent:
        return parent;
      case KeyChoice::Kind::kHandle:
        return FromHandle(choice.handle);
      case KeyChoice::Kind::kTemplate:
        return FromTemplate(*FindTemplate(choice.template_id));
      case KeyChoice::Kind::kAuto:
        break;
    }
    // A persistent RSA EK is faster than an ECC EK that has to be made again at every open.
    const KeyTemplate &rsa = *FindTemplate(TemplateId::kEkRsa2048);
    const KeyTemplate &ecc = *FindTemplate(TemplateId::kEkEccP256);
    if (request_.persist == Persist::kNever) {
      const KeyAtHandle *persistent = At(rsa.handle);
      if (persistent != nullptr && Resembles(persistent->area(), rsa) &&
          At(ecc.handle) == nullptr) {
        return FromTemplate(rsa);
      }
    }
    return FromFirstPossible(ecc, rsa);
  }();
  CheckSaltKeyArea(key.area);
  return key;
}

}  // namespace

KeyChoice KeyChoice::ParseSaltKey(std::string_view text) {
  if (text == "srk") return {.kind = Kind::kSameAsParent};
  return ParseChoice(text, "--salt-key", Hierarchy::kEndorsement);
}

KeyChoice KeyChoice::ParseParent(std::string_view text) {
  return ParseChoice(text, "--parent", Hierarchy::kOwner);
}

ChosenKeys ChooseKeys(const Context &context, const KeyRequest &request) {
  Chooser chooser(context, request);
  PinnedKey parent = chooser.Parent();
  PinnedKey salt_key = chooser.SaltKey(parent);
  return {.salt_key = std::move(salt_key),
          .parent = std::move(parent),
          .notes = std::move(chooser.notes),
          .ek_certificate = std::nullopt,
          .warnings = {}};
}

AtHandle WhatIsAtHandle(const Context &context, const PinnedKey &pinned) {
  const std::optional<PublicArea> area = ReadPublicAt(context, *pinned.handle);
  if (!area) return AtHandle::kNothing;
  return Same(*area, pinned.area) ? AtHandle::kTheKey : AtHandle::kAnotherKey;
}

std::string PersistAgain(const Context &context, const PinnedKey &pinned) {
  const KeyTemplate *t = FindTemplate(pinned.template_id);
  if (t == nullptr || !pinned.handle) return "";
  const std::string where = std::string(t->name) + " at " + FormatHandle(*pinned.handle);
  switch (WhatIsAtHandle(context, pinned)) {
    case AtHandle::kTheKey:
      return "";
    case AtHandle::kAnotherKey:
      return "another key is in the place of " + where +
             ", which is made again at every open, and that takes longer; if nobody needs the "
             "other key, remove it with 'tpm2_evictcontrol' and run enroll again";
    case AtHandle::kNothing:
      break;
  }
  auto made = TryCreatePrimary(context, *t);
  const auto *key = std::get_if<TransientObject>(&made);
  const auto area = key == nullptr ? std::nullopt : AreaThatEsysUses(context, key->tr());
  if (!area || !Same(*area, pinned.area)) return "";
  const Persisted persisted = MakePersistent(context, pinned, *key);
  return persisted.done ? persisted.note + " again" : persisted.note;
}

std::optional<PinnedKey> FindSaltKey(const Context &context) {
  const KeyRequest request{
      .salt_key = {}, .parent = {}, .persist = Persist::kNever, .ek_ca = nullptr};
  Chooser chooser(context, request);
  for (const TemplateId id : {TemplateId::kEkEccP256, TemplateId::kEkRsa2048}) {
    auto result = chooser.TryTemplate(*FindTemplate(id));
    if (auto *key = std::get_if<PinnedKey>(&result)) return std::move(*key);
  }
  return std::nullopt;
}

}  // namespace tpm2_sealed
