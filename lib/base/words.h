// SPDX-License-Identifier: LGPL-2.1-or-later
// Words: lists as sentences and tables have them.
#pragma once

#include <string>
#include <vector>

namespace tpm2_sealed {

// "a", "a and b", "a, b and c"; empty for none.
std::string JoinWords(const std::vector<std::string> &words);

// "a, b, c"; empty for none.
std::string ListWords(const std::vector<std::string> &words);
template <typename Number>
std::string ListNumbers(const std::vector<Number> &numbers) {
  std::vector<std::string> words;
  for (const Number number : numbers) words.push_back(std::to_string(number));
  return ListWords(words);
}

}  // namespace tpm2_sealed
