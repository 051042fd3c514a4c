// SPDX-License-Identifier: LGPL-2.1-or-later
// SealedToken: a token's record in the TPM's own types, checked against each other. So a
// SealedToken is always whole; whether this TPM opens it, unlock finds out.
#pragma once

#include <optional>
#include <string_view>

#include "lib/format/token_record.h"
#include "lib/sealed/demands.h"
#include "lib/sealed/recipe.h"
#include "lib/tpm/key/primary.h"
#include "lib/tpm/policy/policy.h"
#include "lib/tpm/sealed_object.h"
#include "lib/tpm/session/session.h"

namespace tpm2_sealed {

struct SealedToken {
  TokenRecord record;
  PinnedKey salt_key;
  PinnedKey parent;
  SealedObject object;
  Policy policy;
  Protection floor;
  std::optional<TokenPlace> place;  // where it was read; messages name it

  // Returns a copy of the PCR values that the policy demands; nullopt if it demands none.
  std::optional<PcrValues> pcrs() const {
    const PcrValues *values = policy.Pcrs();
    return values == nullptr ? std::nullopt : std::optional(*values);
  }

  // Checks all that can be checked without a TPM: the JSON (TokenRecord::Parse); that templates are
  // known, public areas complete and handles persistent; that the salt key can be one; and that the
  // policy of the values is the object's authPolicy. Throws Error(kBadToken) that names the field,
  // or Error(kNotSupported) for what this version cannot open.
  static SealedToken Parse(std::string_view json);
  // Does the same with a record that was parsed already.
  static SealedToken Of(TokenRecord record);
  // Returns nullopt for a token that is not whole.
  static std::optional<SealedToken> TryParse(std::string_view json);
};

// Returns the policy of a token with these demands. The order of the steps is part of the token
// format: the authValue comes last.
Policy TokenPolicy(const std::optional<PcrValues> &pcrs, PinDemand pin);

// Returns the Name of the record's sealed object; no two objects have the same one. Returns nullopt
// if the public area cannot be parsed.
std::optional<Bytes> NameOfSealed(const TokenRecord &record);

// Returns the key as a record holds it.
TokenRecord::Key ToRecord(const PinnedKey &key);

}  // namespace tpm2_sealed
