// SPDX-License-Identifier: LGPL-2.1-or-later
// Lint: what a choice of PCRs does not protect from, and which of them will change by themselves.
#pragma once

#include <optional>
#include <vector>

#include "lib/seal.h"
#include "lib/tpm/pcr.h"

namespace tpm2_sealed {

std::vector<Warning> LintPcrs(const std::optional<PcrSelection> &selection);

}  // namespace tpm2_sealed
