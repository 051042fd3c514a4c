// SPDX-License-Identifier: LGPL-2.1-or-later
// KeyTemplate: the well-known primary keys, compiled in. A primary seed and a template always give
// the same key, so a template in the token brings back a key that was evicted.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "lib/tpm/link/public_area.h"
#include "lib/tpm/link/tss.h"

namespace tpm2_sealed {

enum class TemplateId {
  kHandle,         // nothing known: the key at a handle, and no way to make it again
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
  std::string_view name;  // as the token's "template" field says it
  Hierarchy hierarchy;
  std::uint32_t handle;  // where the TCG puts it: TPM 2.0 Provisioning Guidance, section 7.8
  KeyType type;
  // NV index of the key's certificate, 0 for none: TCG EK Credential Profile 2.4, sections 2.2.1.4
  // and 2.2.1.5.
  std::uint32_t certificate;

  // inPublic of TPM2_CreatePrimary. EK: TCG EK Credential Profile 2.4, annex B.3; SRK: TCG TPM 2.0
  // Provisioning Guidance, section 7.5.1.
  TPM2B_PUBLIC Public() const;
};

// All but kHandle.
std::span<const KeyTemplate> KeyTemplates();
// nullptr for kHandle.
const KeyTemplate *FindTemplate(TemplateId id);
// Whether a key may have been made from the template: all of its public area but `unique` agrees.
bool Resembles(const PublicArea &area, const KeyTemplate &key_template);
std::string_view TemplateName(TemplateId id);
std::optional<TemplateId> TemplateByName(std::string_view name);

}  // namespace tpm2_sealed
