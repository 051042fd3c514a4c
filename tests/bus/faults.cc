// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/bus/faults.h"

#include <algorithm>

namespace tpm2_sealed::test {

Bytes Damage(const Rule &rule, Bytes answer) {
  constexpr std::uint32_t kRetry = 0x922;
  const std::size_t number = rule.number;
  if (rule.deed == "late") return AnswerOf(kRetry);
  if (rule.deed == "flip") answer.back() ^= 1;
  if (rule.deed == "byte") answer.at(std::min(number, answer.size() - 1)) ^= 0xff;
  if (rule.deed == "cut" || rule.deed == "short") answer.resize(std::min(number, answer.size()));
  if (rule.deed == "pad") answer.resize(answer.size() + number);
  const bool says_so = rule.deed == "cut" || rule.deed == "pad";
  if (says_so && answer.size() >= kHeaderSize) answer = WithSize(answer);
  if (rule.deed == "claim") {
    Bytes size;
    AppendBigEndian(size, rule.number, 4);
    std::copy(size.begin(), size.end(), answer.begin() + 2);
  }
  return answer;
}

}  // namespace tpm2_sealed::test
