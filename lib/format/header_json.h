// SPDX-License-Identifier: LGPL-2.1-or-later
// HeaderJson: what of a LUKS2 header's JSON libcryptsetup does not tell.
#pragma once

#include <string_view>
#include <vector>

namespace tpm2_sealed {

// The numbers of its tokens in the order of the text, which is that in which libcryptsetup tries
// them. Throws Error(kBadToken) if it is no JSON object.
std::vector<int> TokensInOrder(std::string_view json);

}  // namespace tpm2_sealed
