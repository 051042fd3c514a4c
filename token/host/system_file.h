// SPDX-License-Identifier: LGPL-2.1-or-later
// SystemFile: what a small file of the system says.
#pragma once

#include <string>

namespace tpm2_sealed {

// Its text; at most the first MiB; empty if it cannot be read. For files whose absence says nothing
// more than an empty one would.
std::string ReadSystemFile(const std::string &path);

}  // namespace tpm2_sealed
