// SPDX-License-Identifier: LGPL-2.1-or-later
// TokenRecord: the token in the LUKS2 header, to and from JSON. The one parser: validate, open,
// dump and status all use it. The format is cryptsetup-tpm2-token(5); it is never changed, only
// followed by another version.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/certificate.h"
#include "lib/format/policy_pcr.h"
#include "lib/format/policy_pin.h"

namespace tpm2_sealed {

inline constexpr const char *kTokenType = "tpm2-sealed";

// How the keyslot passphrase comes from the unsealed bytes.
enum class PassphraseForm {
  kRaw,      // it is them
  kBase64,   // it is their base64 text
  kHkdfPin,  // HKDF with the PIN's share
};

// Plain values, of the right type, size and range, but not yet checked against each other or
// against what a TPM would accept: lib/sealed/sealed_token does that.
struct TokenRecord {
  struct Key {
    std::string template_name;
    std::optional<std::uint32_t> handle;
    Bytes public_area;  // marshalled TPM2B_PUBLIC
    Bytes esys;         // Esys_TR_Serialize, or empty

    bool operator==(const Key &) const = default;
  };
  using Pcrs = PolicyPcr;
  using Pin = PolicyPin;

  std::vector<int> keyslots;
  std::string created;     // "2026-11-22T10:00:00Z"
  std::string label;       // empty: none
  std::string encryption;  // the name of a Protection
  Key salt_key;
  Key parent;
  Bytes sealed_public;   // marshalled TPM2B_PUBLIC
  Bytes sealed_private;  // marshalled TPM2B_PRIVATE
  std::optional<Pcrs> pcrs;
  std::optional<std::uint32_t> latch;  // PCR number
  std::optional<Pin> pin;
  PassphraseForm passphrase = PassphraseForm::kRaw;
  // The EK certificate that was verified when the token was made; the header's word, not a proof.
  std::optional<CertificateId> ek_certificate;
  bool pending = false;
  Bytes replaces;  // Name of the sealed object whose token goes once this one is whole; or empty
  Bytes mac;       // token_mac.h; or empty

  bool operator==(const TokenRecord &) const = default;

  // Throws Error(kBadToken) that names the field ("session.salt_key.public") and what is wrong.
  static TokenRecord Parse(std::string_view json);
  // Nullopt instead.
  static std::optional<TokenRecord> TryParse(std::string_view json);
  // One line, without white space.
  std::string ToJson() const;
};

inline constexpr const char *kPendingField = "pending";
inline constexpr const char *kReplacesField = "replaces";
inline constexpr const char *kMacField = "mac";
// `json`, the token of a header, without that field; every other one stays as it is, known or not.
// Throws Error(kBadToken) if it is no JSON object.
std::string WithoutField(std::string_view json, const char *field);

// The same with that field, a text, in place of one of the same name.
std::string WithTextField(std::string_view json, const char *field, std::string_view text);

// A LUKS2 header's JSON without those tokens and keyslots; where else keyslots are named they stay.
// Throws Error(kBadToken) if it is no JSON object.
std::string WithoutEntries(std::string_view json, const std::vector<int> &tokens,
                           const std::vector<int> &keyslots);

// Bytes of the keyslots area that the keyslots of a LUKS2 header's JSON take. Throws
// Error(kBadToken) if it is no JSON object.
std::uint64_t KeyslotAreasSize(std::string_view json);

// Characters that a LUKS2 header's JSON takes on disk, where it stands without white space. Throws
// Error(kBadToken) if it is no JSON object.
std::size_t CompactHeaderSize(std::string_view json);

}  // namespace tpm2_sealed
