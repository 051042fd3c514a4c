// SPDX-License-Identifier: LGPL-2.1-or-later
// KeyTemplate: the well-known templates of primary keys. From one primary seed, a template always
// makes the same key, so the template that a token names can make a key again that was evicted.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "lib/tpm/link/public_area.h"
#include "lib/tpm/link/tss.h"

namespace tpm2_sealed {

enum class TemplateId {
  kHandle,         // no template is known: a key at a handle, which cannot be made again
  kEkRsa2048,      // L-1
  kEkEccP256,      // L-2
  kEkRsa2048High,  // H-1
  kEkEccP256High,  // H-2
  kSrkRsa2048,
  kSrkEccP256,
};

enum class Hierarchy { kOwner, kEndorsement };
enum class KeyType { kRsa, kEcc };

struct KeyTemplate {
  TemplateId id;
  std::string_view name;  // as in the token's field "template"
  Hierarchy hierarchy;
  std::uint32_t handle;  // the TCG's: TPM 2.0 Provisioning Guidance, section 7.8
  KeyType type;
  // NV index of the key's certificate, or 0: TCG EK Credential Profile 2.4, sections 2.2.1.4 and
  // 2.2.1.5.
  std::uint32_t certificate;

  // Returns inPublic of TPM2_CreatePrimary. EK: TCG EK Credential Profile 2.4, annex B.3; SRK: TCG
  // TPM 2.0 Provisioning Guidance, section 7.5.1.
  TPM2B_PUBLIC Public() const;
};

// Returns the templates of all ids but kHandle.
std::span<const KeyTemplate> KeyTemplates();
// Returns nullptr for kHandle.
const KeyTemplate *FindTemplate(TemplateId id);
// Returns whether the template may have made the key: all of its public area but `unique` agrees.
bool Resembles(const PublicArea &area, const KeyTemplate &key_template);
std::string_view TemplateName(TemplateId id);
std::optional<TemplateId> TemplateByName(std::string_view name);

}  // namespace tpm2_sealed
