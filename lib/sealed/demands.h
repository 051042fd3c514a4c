// SPDX-License-Identifier: LGPL-2.1-or-later
// Demands: what a token asks for before it opens, and how the demands of two tokens differ.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lib/format/token_record.h"
#include "lib/tpm/policy/pcr.h"

namespace tpm2_sealed {

enum class PinDemand { kNone, kRequired };

// A PCR that nothing has extended is not among `pcrs`, since it demands nothing, and neither is the
// latch. `latch` is the PCR that has to be zero.
struct Demands {
  PcrSelection pcrs;
  std::optional<std::uint32_t> latch;
  PinDemand pin = PinDemand::kNone;

  static Demands Of(const TokenRecord &record);
};

// Names what `stronger` demands and `weaker` does not: "PCR 4 (boot loader and drivers), the latch
// and a PIN". Returns an empty string if there is nothing.
std::string WhatIsMissing(const Demands &weaker, const Demands &stronger);

}  // namespace tpm2_sealed
