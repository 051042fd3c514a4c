// SPDX-License-Identifier: LGPL-2.1-or-later
// HeaderJson: reads from a LUKS2 header's JSON what libcryptsetup does not tell.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace tpm2_sealed {

// Returns the numbers of the tokens in the order of the text, in which libcryptsetup tries them.
// Returns nullopt if `json` is not a JSON object within the limits of a header.
std::optional<std::vector<int>> TokensInOrder(std::string_view json);

}  // namespace tpm2_sealed
