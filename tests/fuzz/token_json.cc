// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzz target: a token's JSON, as whoever wrote the header left it. What is taken means the same
// after it was written and read again, and what a whole token says of itself agrees with itself.
#include <algorithm>
#include <tuple>

#include "lib/action/unlock.h"
#include "lib/format/json_reader.h"
#include "lib/luks/token_mac.h"
#include "lib/sealed/pin.h"
#include "lib/sealed/sealed_token.h"
#include "lib/tpm/policy/lint.h"
#include "tests/fuzz/property.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::fuzz;

auto Fields(const TokenRecord::Key &key) {
  return std::tie(key.template_name, key.handle, key.public_area, key.esys);
}

bool SamePolicy(const TokenRecord &one, const TokenRecord &other) {
  if (one.pcrs.has_value() != other.pcrs.has_value() || one.latch != other.latch) return false;
  if (one.pcrs && std::tie(one.pcrs->bank, one.pcrs->values) !=
                      std::tie(other.pcrs->bank, other.pcrs->values)) {
    return false;
  }
  if (one.pin.has_value() != other.pin.has_value()) return false;
  return !one.pin || std::tie(one.pin->memory_kib, one.pin->iterations, one.pin->salt) ==
                         std::tie(other.pin->memory_kib, other.pin->iterations, other.pin->salt);
}

bool Same(const TokenRecord &one, const TokenRecord &other) {
  const auto fields = [](const TokenRecord &r) {
    return std::tie(r.keyslots, r.created, r.label, r.encryption, r.sealed_public, r.sealed_private,
                    r.passphrase, r.ek_certificate, r.pending, r.replaces, r.mac);
  };
  return fields(one) == fields(other) && Fields(one.salt_key) == Fields(other.salt_key) &&
         Fields(one.parent) == Fields(other.parent) && SamePolicy(one, other);
}

void CheckBounds(const TokenRecord &record) {
  Hold(record.label.size() <= 256 && record.created.size() <= 256, "texts are short");
  Hold(!record.salt_key.public_area.empty() && record.salt_key.public_area.size() <= 2048,
       "the salt key's area has a size");
  for (const int keyslot : record.keyslots) Hold(keyslot >= 0 && keyslot <= 31, "keyslots exist");
  if (record.pcrs) {
    Hold(!record.pcrs->values.empty(), "a policy of PCRs has some");
    Hold(record.pcrs->values.rbegin()->first < kPcrCount, "PCRs exist");
  }
  if (record.latch) Hold(record.pcrs && record.pcrs->values.contains(*record.latch), "a latch");
  Hold(record.pin.has_value() == (record.passphrase == PassphraseForm::kHkdfPin), "PIN and form");
  (void)DescribePin(record);
}

void CheckRoundTrip(const TokenRecord &record) {
  const std::string json = record.ToJson();
  Hold(json.find('\n') == std::string::npos, "JSON on one line");
  // Escapes may make a text longer than a token may be.
  if (json.size() > kTokenLimits.size) return;
  const TokenRecord again = TokenRecord::Parse(json);
  Hold(Same(record, again), "what was written is what was read");
  Hold(again.ToJson() == json, "writing it again changes nothing");
}

void CheckWhole(const SealedToken &token) {
  Hold(std::ranges::equal(token.policy.Digest(), token.object.AuthPolicy()), "the policy");
  Hold(token.object.public_area().Marshalled() == token.record.sealed_public, "the object");
  Hold(ToRecord(token.salt_key).public_area == token.record.salt_key.public_area, "the salt key");
  Hold(NameOfSealed(token.record).value().size() >= 2 + 20, "the Name");
  CheckSaltKeyArea(token.salt_key.area);
  const PcrValues *pcrs = token.policy.Pcrs();
  (void)LintPcrs(token.pcrs(), token.record.latch, UnifiedKernel::kUnknown);
  std::vector<ChangedPcr> changed;
  if (pcrs) {
    for (const auto &[pcr, value] : pcrs->values) changed.push_back({pcr, value, {}});
  }
  (void)DescribeChange(changed, token.record.created);
  (void)OnlyLatchChanged(token, changed);
}

// The functions that look at a whole header, or change one field of a token that is not ours to
// understand.
void CheckEdits(std::string_view json) {
  const auto refused = RefusalOf(json.size(), [&] {
    // json-c takes 000e for a number, writes 000, and the next time 0; so the first text is not it.
    const std::string first = WithoutField(json, kPendingField);
    if (first.size() > kTokenLimits.size) return;
    const std::string without = WithoutField(first, kPendingField);
    Hold(WithoutField(without, kPendingField) == without, "a field goes only once");
  });
  // A token stands for the header, too, so that some have keyslots to name.
  (void)RefusalOf(json.size(), [&] {
    const std::string text = MacText(json, json);
    Hold(IsUtf8(text), "the text of a mac is UTF-8");
    const std::string without = WithoutField(WithoutField(json, kPendingField), kMacField);
    if (without.size() > kTokenLimits.size) return;
    Hold(MacText(without, json) == text, "a mac covers neither itself nor the mark");
  });
  const auto header = RefusalOf(json.size(), [&] {
    Hold(CompactHeaderSize(json) >= 2, "a header has braces");
    (void)KeyslotAreasSize(json);
  });
  // Whatever is JSON for a token is JSON for a header.
  Hold(refused || !header, "one JSON");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string_view json = TextOf({data, size});
  (void)RefusalOf(size, [&] {
    const TokenRecord record = TokenRecord::Parse(json);
    CheckBounds(record);
    CheckRoundTrip(record);
  });
  (void)RefusalOf(size, [&] { CheckWhole(SealedToken::Parse(json)); });
  CheckEdits(json);
  return 0;
}
