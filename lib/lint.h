// SPDX-License-Identifier: LGPL-2.1-or-later
// Lint: what a choice of PCRs does not protect from, and which of them will change by themselves.
#pragma once

#include <optional>
#include <vector>

#include "lib/seal.h"
#include "lib/tpm/pcr.h"

namespace tpm2_sealed {

// `latch`: the one that the policy is sealed to; whether it is in `selection` does not matter.
std::vector<Warning> LintPcrs(std::optional<PcrSelection> selection,
                              std::optional<std::uint32_t> latch = std::nullopt);

}  // namespace tpm2_sealed
