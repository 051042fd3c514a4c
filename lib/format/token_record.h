// SPDX-License-Identifier: LGPL-2.1-or-later
// TokenRecord: the token in the LUKS2 header, to and from JSON. It is the only parser: validate,
// open, dump and status use it. cryptsetup-tpm2-token(5) defines the format, which never changes: a
// change makes a new version.
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

// How the keyslot passphrase is derived from the unsealed bytes.
enum class PassphraseForm {
  kRaw,      // the bytes themselves
  kBase64,   // their base64 text
  kHkdfPin,  // HKDF of them and the PIN's share
};

// Plain values of the right type, size and range. lib/sealed/sealed_token checks them against each
// other and against what a TPM accepts.
struct TokenRecord {
  struct Key {
    std::string template_name;
    std::optional<std::uint32_t> handle;
    Bytes public_area;  // marshalled TPM2B_PUBLIC
    Bytes esys;         // from Esys_TR_Serialize; or empty

    bool operator==(const Key &) const = default;
  };
  using Pcrs = PolicyPcr;
  using Pin = PolicyPin;

  std::vector<int> keyslots;
  std::string created;     // "2026-11-22T10:00:00Z"
  std::string label;       // or empty
  std::string encryption;  // the name of a Protection
  Key salt_key;
  Key parent;
  Bytes sealed_public;   // marshalled TPM2B_PUBLIC
  Bytes sealed_private;  // marshalled TPM2B_PRIVATE
  std::optional<Pcrs> pcrs;
  std::optional<std::uint32_t> latch;  // PCR number
  std::optional<Pin> pin;
  PassphraseForm passphrase = PassphraseForm::kRaw;
  // The EK certificate that was verified when the token was made. The header claims that; it is not
  // a proof.
  std::optional<CertificateId> ek_certificate;
  bool pending = false;
  Bytes replaces;  // Name of the sealed object whose token this one replaces; or empty
  Bytes mac;       // token_mac.h; or empty

  bool operator==(const TokenRecord &) const = default;

  // Throws Error(kBadToken) that names the field ("session.salt_key.public") and what is wrong.
  static TokenRecord Parse(std::string_view json);
  // Returns nullopt instead of throwing Error.
  static std::optional<TokenRecord> TryParse(std::string_view json);
  // Returns one line without white space.
  std::string ToJson() const;
};

inline constexpr const char *kPendingField = "pending";
inline constexpr const char *kReplacesField = "replaces";
inline constexpr const char *kMacField = "mac";
// Returns `json`, a token, without that field. All other fields stay as they are, known or not.
// This and the functions below throw Error(kBadToken) if `json` is not a JSON object.
std::string WithoutField(std::string_view json, const char *field);

// Returns `json` with that field set to `text`, whether it had the field or not.
std::string WithTextField(std::string_view json, const char *field, std::string_view text);

// Returns a LUKS2 header's JSON without those tokens and keyslots. References to the keyslots stay.
std::string WithoutEntries(std::string_view json, const std::vector<int> &tokens,
                           const std::vector<int> &keyslots);

// Returns how many bytes of the keyslots area the keyslots in a LUKS2 header's JSON take.
std::uint64_t KeyslotAreasSize(std::string_view json);

// Returns how many bytes a LUKS2 header's JSON takes on disk, where it has no white space.
std::size_t CompactHeaderSize(std::string_view json);

}  // namespace tpm2_sealed
