// SPDX-License-Identifier: LGPL-2.1-or-later
// SystemFile: reads a small file of the system.
#pragma once

#include <string>

namespace tpm2_sealed {

// Returns the text of the file, at most the first MiB; empty if it cannot be read. Use it for files
// whose absence means the same as an empty file.
std::string ReadSystemFile(const std::string &path);

}  // namespace tpm2_sealed
