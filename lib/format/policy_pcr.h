// SPDX-License-Identifier: LGPL-2.1-or-later
// PolicyPcr: the JSON of a policy's PCR step. That is "pcr" in the token's object "policy", and
// "latch", which says which of these PCRs is the latch.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "lib/base/bytes.h"
#include "lib/format/json_value.h"

namespace tpm2_sealed {

class JsonReader;

struct PolicyPcr {
  std::string bank;
  std::map<std::uint32_t, Bytes> values;  // by PCR number, each of the bank's digest size

  bool operator==(const PolicyPcr &) const = default;
};

inline constexpr const char *kPcrField = "pcr";
inline constexpr const char *kLatchField = "latch";

// Both read from the object "policy". They return nullopt if their field is missing, and throw
// Error(kBadToken).
std::optional<PolicyPcr> ReadPolicyPcr(const JsonReader &policy);
std::optional<std::uint32_t> ReadPolicyLatch(const JsonReader &policy,
                                             const std::optional<PolicyPcr> &pcr);

void AddPolicyPcr(const JsonObject &policy, const PolicyPcr &pcr);
void AddPolicyLatch(const JsonObject &policy, std::uint32_t latch);

}  // namespace tpm2_sealed
