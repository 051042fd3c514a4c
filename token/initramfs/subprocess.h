// SPDX-License-Identifier: LGPL-2.1-or-later
// Subprocess: the output of another program.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace tpm2_sealed {

// The program of that name in one of the system's own directories, never in what PATH says.
std::optional<std::string> FindProgram(const std::string &name);

// What the program writes to standard output. Without a shell, with an environment of two variables
// (PATH, LC_ALL), nothing on standard input, and what it says on standard error thrown away. Ended,
// with all that it started, when `limit` is over or it writes more than 64 MiB; throws
// Error(kBusy) then, and Error(kNotSupported) if it cannot be started. Its exit status is not
// looked at: judge it by what it wrote.
std::string OutputOf(const std::vector<std::string> &arguments, std::chrono::seconds limit);

}  // namespace tpm2_sealed
