// SPDX-License-Identifier: LGPL-2.1-or-later
// Lint: warns of what a choice of PCRs does not protect from, and of PCRs that change by
// themselves.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/warning.h"
#include "lib/tpm/policy/pcr.h"

namespace tpm2_sealed {

inline constexpr std::uint32_t kUnifiedKernelPcr = 11;

// Whether the machine has booted a unified kernel image. systemd's stub measures the image into PCR
// 11, which nothing else extends (UAPI group, Linux TPM PCR Registry). The answer decides what PCR
// 4 covers, and what zero means in PCRs 12 and 13.
enum class UnifiedKernel { kUnknown, kNo, kYes };

// Returns what the values of `pcrs` tell, or kUnknown if it makes no difference to LintPcrs and
// ProtectsNothing. Returns nullopt if PCR 11 has to be read from the TPM.
std::optional<UnifiedKernel> UnifiedKernelFrom(const PcrValues &pcrs);

// Returns whether a PCR from 0 to 14 with `value` was never extended. Every boot can have that
// value, so a policy that demands it protects nothing. Zero is a meaningful value of PCRs 12 and 13
// after the boot of a unified kernel image: the stub extends them only for a command line and
// system extensions that are not part of the image.
bool ProtectsNothing(std::uint32_t pcr, ByteView value, UnifiedKernel booted);

// Returns the warnings for a policy that demands these values. A PCR that was never extended covers
// nothing. `latch` is the latch of the policy, which may be in `pcrs` or not.
std::vector<Warning> LintPcrs(const std::optional<PcrValues> &pcrs,
                              std::optional<std::uint32_t> latch, UnifiedKernel booted);

}  // namespace tpm2_sealed
