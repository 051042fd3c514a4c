// SPDX-License-Identifier: LGPL-2.1-or-later
// Provision: chooses the salt key and the parent when something is sealed, and makes them
// persistent if that is possible, so that no open has to make them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/certificate_authorities.h"
#include "lib/base/warning.h"
#include "lib/tpm/key/primary.h"
#include "lib/tpm/link/context.h"

namespace tpm2_sealed {

// What --salt-key or --parent asks for.
struct KeyChoice {
  enum class Kind { kAuto, kTemplate, kHandle, kSameAsParent };
  Kind kind = Kind::kAuto;
  TemplateId template_id = TemplateId::kHandle;
  std::uint32_t handle = 0;

  // "auto", "ek-ecc-p256", "ek-rsa-2048", "srk", "0xHANDLE". Throws Error(kNotSupported).
  static KeyChoice ParseSaltKey(std::string_view text);
  // "auto", "srk-ecc-p256", "srk-rsa-2048", "0xHANDLE". Throws Error(kNotSupported).
  static KeyChoice ParseParent(std::string_view text);
};

enum class Persist { kWherePossible, kNever };

struct KeyRequest {
  KeyChoice salt_key;
  KeyChoice parent;
  Persist persist = Persist::kWherePossible;
  // The CAs that must vouch for the salt key (lib/action/ek_certificate); null if none must.
  std::shared_ptr<const CertificateAuthorities> ek_ca;
};

struct ChosenKeys {
  PinnedKey salt_key;
  PinnedKey parent;
  std::vector<std::string> notes;  // sentences about what was changed in the TPM, or could not be
  std::optional<CertificateId> ek_certificate;  // of the salt key, if it was verified
  std::vector<Warning> warnings;                // about the EK certificate
};

// Throws Error(kNotSupported) if the TPM has no such key, and Error(kBadToken) if the key at a
// handle cannot be a salt key.
ChosenKeys ChooseKeys(const Context &context, const KeyRequest &request);

// What is at the handle of a key. `pinned` must have one.
enum class AtHandle { kTheKey, kNothing, kAnotherKey };
AtHandle WhatIsAtHandle(const Context &context, const PinnedKey &pinned);
// Makes a key persistent again that was evicted, if its template is known. Returns the result as a
// sentence; empty if there was nothing to do.
std::string PersistAgain(const Context &context, const PinnedKey &pinned);

// Returns a salt key as `auto` would choose it, without changing the TPM; nullopt if a password
// prevents that, or if the TPM has no such keys.
std::optional<PinnedKey> FindSaltKey(const Context &context);

}  // namespace tpm2_sealed
