// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/format/policy_pcr.h"

#include <algorithm>
#include <utility>

#include "lib/base/config.h"
#include "lib/base/crypto.h"
#include "lib/base/encoding.h"
#include "lib/format/json_reader.h"

namespace tpm2_sealed {
namespace {

constexpr std::uint32_t kMaxPcr = 23;

}  // namespace

std::optional<PolicyPcr> ReadPolicyPcr(const JsonReader &policy) {
  if (!policy.Has(kPcrField)) return std::nullopt;
  const JsonReader pcr = policy.Object(kPcrField);
  pcr.RefuseUnknown({"bank", "values"});
  PolicyPcr read{.bank = pcr.String("bank"), .values = {}};
  const auto size = DigestSize(read.bank);
  if (!size) pcr.Fail("bank", "'" + read.bank + "' is not a PCR bank");
  const JsonReader values = pcr.Object("values");
  values.ForEachField([&](const std::string &number, const std::string &hex) {
    const auto pcr_number = ParseDecimal(number, kMaxPcr);
    // "07" would be another name of the same PCR.
    if (!pcr_number || std::to_string(*pcr_number) != number) {
      values.Fail(number.c_str(), "is not a PCR number (0 to 23)");
    }
    auto value = HexDecode(hex);
    if (!value || value->size() != *size) {
      values.Fail(number.c_str(), "must be " + std::to_string(*size) + " bytes in hex");
    }
    read.values[*pcr_number] = std::move(*value);
  });
  if (read.values.empty()) pcr.Fail("values", "chooses no PCR");
  return read;
}

std::optional<std::uint32_t> ReadPolicyLatch(const JsonReader &policy,
                                             const std::optional<PolicyPcr> &pcr) {
  if (!policy.Has(kLatchField)) return std::nullopt;
  const std::uint32_t latch = policy.Number(kLatchField, 0, kMaxPcr);
  if (!pcr || !pcr->values.contains(latch)) {
    policy.Fail(kLatchField, "is not among policy.pcr.values");
  }
  // A forged number or value would turn a PCR that the admin chose into the latch, whose value
  // nobody looks at.
  if (!IsLatchPcr(latch)) policy.Fail(kLatchField, kLatchPcrProblem);
  if (std::ranges::any_of(pcr->values.at(latch), [](std::uint8_t byte) { return byte != 0; })) {
    policy.Fail(kLatchField, "must be zero in policy.pcr.values");
  }
  return latch;
}

void AddPolicyPcr(const JsonObject &policy, const PolicyPcr &pcr) {
  JsonObject values = NewObject();
  for (const auto &[number, value] : pcr.values) {
    AddText(values, std::to_string(number).c_str(), HexEncode(value));
  }
  JsonObject json = NewObject();
  AddText(json, "bank", pcr.bank);
  AddObject(json, "values", std::move(values));
  AddObject(policy, kPcrField, std::move(json));
}

void AddPolicyLatch(const JsonObject &policy, std::uint32_t latch) {
  AddNumber(policy, kLatchField, latch);
}

}  // namespace tpm2_sealed
