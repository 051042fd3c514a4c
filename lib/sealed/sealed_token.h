// SPDX-License-Identifier: LGPL-2.1-or-later
// SealedToken: a token's record as the TPM's own types, checked against each other. Whoever has one
// knows that the token is whole; whether this TPM opens it is for unlock to find out.
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
  std::optional<TokenPlace> place;  // where it was read, for what is said of it

  // A copy of what the policy demands of PCRs; nullopt if it demands nothing.
  std::optional<PcrValues> pcrs() const {
    const PcrValues *values = policy.Pcrs();
    return values == nullptr ? std::nullopt : std::optional(*values);
  }

  // Everything that can be seen without a TPM: TokenRecord::Parse; templates known; public areas
  // complete; handles persistent; the salt key fit to be one; the policy that the values make is
  // the object's authPolicy. Throws Error(kBadToken) that names the field, or Error(kNotSupported)
  // for what this version cannot open.
  static SealedToken Parse(std::string_view json);
  // The same of a record that is there already.
  static SealedToken Of(TokenRecord record);
  // Nullopt for one that is not whole.
  static std::optional<SealedToken> TryParse(std::string_view json);
};

// The policy of a token that demands this. The order of the steps is part of the token format: the
// authValue comes last.
Policy TokenPolicy(const std::optional<PcrValues> &pcrs, PinDemand pin);

// Name of the record's sealed object: no two objects have the same. Nullopt if its public area is
// not one.
std::optional<Bytes> NameOfSealed(const TokenRecord &record);

// The key's part of a record.
TokenRecord::Key ToRecord(const PinnedKey &key);

}  // namespace tpm2_sealed
