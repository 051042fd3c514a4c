// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/plugin/token_dump.h"

#include <algorithm>

#include "lib/base/encoding.h"
#include "lib/base/utf8.h"
#include "lib/sealed/pin.h"
#include "lib/tpm/policy/pcr.h"

namespace tpm2_sealed {
namespace {

constexpr std::size_t kValueColumn = 13;

std::string Line(const std::string &name, const std::string &value) {
  std::string line = "\t" + name + ":";
  line.resize(std::max(line.size() + 1, kValueColumn), ' ');
  return line + Printable(value) + "\n";
}

std::string KeyText(const PinnedKey &key) {
  std::string text(TemplateName(key.template_id));
  return key.handle ? text + " at " + FormatHandle(*key.handle) : text + ", made at every open";
}

}  // namespace

std::string DumpText(const SealedToken &token) {
  const TokenRecord &record = token.record;
  const PcrValues *pcrs = token.policy.Pcrs();
  std::string text = Line("Sealed", record.created);
  if (!record.label.empty()) text += Line("Label", record.label);
  text += Line("Session", record.encryption);
  text += Line("Salt key", KeyText(token.salt_key));
  text += Line("Parent", KeyText(token.parent));
  text += Line("PCRs", pcrs == nullptr ? "none" : pcrs->Selection().Format());
  text += Line("Latch", record.latch ? "PCR " + std::to_string(*record.latch) : "none");
  text += Line("PIN", DescribePin(record));
  return text;
}

}  // namespace tpm2_sealed
