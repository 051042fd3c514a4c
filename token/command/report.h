// SPDX-License-Identifier: LGPL-2.1-or-later
// Report: what a command says besides its result.
#pragma once

#include <string>
#include <vector>

#include "lib/base/warning.h"
#include "token/command/options.h"

namespace tpm2_sealed {

// Both write to standard error unless --quiet is given. ReportWarnings writes the warning about a
// plain session in any case.
void Report(const Options &options, const std::string &text);
void ReportWarnings(const Options &options, const std::vector<Warning> &warnings,
                    const std::vector<std::string> &notes);

}  // namespace tpm2_sealed
