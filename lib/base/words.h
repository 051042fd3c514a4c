// SPDX-License-Identifier: LGPL-2.1-or-later
// Words: lists for use in sentences and tables.
#pragma once

#include <string>
#include <vector>

namespace tpm2_sealed {

// Returns "a", "a and b" or "a, b and c"; empty for an empty list.
std::string JoinWords(const std::vector<std::string> &words);

// Returns "a, b, c"; empty for an empty list.
std::string ListWords(const std::vector<std::string> &words);
template <typename Number>
std::string ListNumbers(const std::vector<Number> &numbers) {
  std::vector<std::string> words;
  for (const Number number : numbers) words.push_back(std::to_string(number));
  return ListWords(words);
}

}  // namespace tpm2_sealed
