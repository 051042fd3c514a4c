// SPDX-License-Identifier: LGPL-2.1-or-later
// Words: lists as sentences have them.
#pragma once

#include <string>
#include <vector>

namespace tpm2_sealed {

// "a", "a and b", "a, b and c"; empty for none.
std::string JoinWords(const std::vector<std::string> &words);

}  // namespace tpm2_sealed
