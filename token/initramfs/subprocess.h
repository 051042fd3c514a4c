// SPDX-License-Identifier: LGPL-2.1-or-later
// Subprocess: runs another program and returns its output.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace tpm2_sealed {

// Returns the path of a program in one of the system's directories, whatever PATH says; nullopt if
// there is none.
std::optional<std::string> FindProgram(const std::string &name);

// Returns what the program writes to standard output. It runs without a shell, in an environment of
// two variables (PATH, LC_ALL), with empty standard input and without standard error. If `limit`
// passes or it writes more than 64 MiB, it is killed with all that it started, and Error(kBusy) is
// thrown; Error(kNotSupported) if it cannot be started. The exit status is ignored: judge the
// program by its output.
std::string OutputOf(const std::vector<std::string> &arguments, std::chrono::seconds limit);

}  // namespace tpm2_sealed
