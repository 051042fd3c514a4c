// SPDX-License-Identifier: LGPL-2.1-or-later
// PolicyPin: the JSON of a policy's authValue step. That is the token's object "pin", which says
// how the authValue is derived from what a user types. It is a sibling of "policy", not a member.
#pragma once

#include <cstdint>

#include "lib/base/bytes.h"
#include "lib/format/json_value.h"

namespace tpm2_sealed {

class JsonReader;

struct PolicyPin {
  std::uint32_t memory_kib = 0;
  std::uint32_t iterations = 0;
  Bytes salt;  // 32 bytes

  bool operator==(const PolicyPin &) const = default;
};

inline constexpr const char *kPinField = "pin";

// Throws Error(kBadToken).
PolicyPin ReadPolicyPin(const JsonReader &pin);
void AddPolicyPin(const JsonObject &token, const PolicyPin &pin);

}  // namespace tpm2_sealed
