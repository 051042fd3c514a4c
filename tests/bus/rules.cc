// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/bus/rules.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace tpm2_sealed::test {
namespace {

constexpr std::array kDeeds = {"late",  "flip",   "byte", "cut",  "short", "pad", "claim",
                               "again", "replay", "drop", "hang", "stop",  "own", "own-as"};

// What follows `mark`, which is taken off together with it.
std::optional<std::string> TakeOff(std::string &text, char mark) {
  const auto at = text.rfind(mark);
  if (at == std::string::npos) return std::nullopt;
  std::string tail = text.substr(at + 1);
  text.erase(at);
  return tail;
}

std::uint32_t Number(const std::string &text, int base) {
  char *end = nullptr;
  const unsigned long value = std::strtoul(text.c_str(), &end, base);
  if (text.empty() || *end != '\0') std::abort();
  return static_cast<std::uint32_t>(value);
}

bool Contains(View bytes, const Bytes &part) {
  return std::search(bytes.begin(), bytes.end(), part.begin(), part.end()) != bytes.end();
}

bool Names(const Rule &rule, const Bytes &command) {
  if (rule.code && *rule.code != CodeOf(command)) return false;
  const View tail = View(command).subspan(kHeaderSize);
  if (rule.what == "aes") return Contains(tail, {0x00, 0x06, 0x00, 0x80, 0x00, 0x43});
  if (rule.what == "xor") return Contains(tail, {0x00, 0x0a, 0x00, 0x0b});
  if (rule.what == "ecc") return Contains(tail, {0x00, 0x23, 0x00, 0x0b});
  if (rule.what == "rsa") return Contains(tail, {0x00, 0x01, 0x00, 0x0b});
  // Algorithms of a list of digests: TPMT_HA begins with its hash.
  if (rule.what == "sha384") return Contains(tail, {0x00, 0x0c});
  if (rule.what == "sha512") return Contains(tail, {0x00, 0x0d});
  if (rule.what.empty()) return true;
  return tail.size() >= 4 && BigEndian(tail, 0, 4) == Number(rule.what, 16);
}

}  // namespace

Rule ParseRule(std::string_view text) {
  Rule rule;
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) std::abort();
  std::string left(text.substr(0, equals));
  rule.deed = text.substr(equals + 1);
  if (left.find('#') != std::string::npos) rule.scope = Rule::Scope::kProcess;
  if (auto range = TakeOff(left, rule.scope == Rule::Scope::kProcess ? '#' : '@')) {
    const auto last = TakeOff(*range, '-');
    rule.first = Number(*range, 10);
    rule.last = last ? Number(*last, 10) : rule.first;
  }
  rule.what = TakeOff(left, '/').value_or("");
  if (left != "*") rule.code = Number(left, 16);
  if (const auto number = TakeOff(rule.deed, ':')) rule.number = Number(*number, 10);
  if (std::find(kDeeds.begin(), kDeeds.end(), rule.deed) == kDeeds.end()) {
    rule.number = Number(rule.deed, 16);
    rule.deed = "rc";
  }
  return rule;
}

const Rule *FindRule(std::vector<Rule> &rules, const Bytes &command) {
  const Rule *found = nullptr;
  for (Rule &rule : rules) {
    if (!Names(rule, command)) continue;
    ++rule.seen;
    const bool is_now = rule.seen >= rule.first && rule.seen <= rule.last;
    if (found == nullptr && is_now) found = &rule;
  }
  return found;
}

}  // namespace tpm2_sealed::test
