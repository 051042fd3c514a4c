// SPDX-License-Identifier: LGPL-2.1-or-later
// Lint: what a choice of PCRs does not protect from, and which of them will change by themselves.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/warning.h"
#include "lib/tpm/policy/pcr.h"

namespace tpm2_sealed {

inline constexpr std::uint32_t kUnifiedKernelPcr = 11;

// Whether the machine has booted a unified kernel image: systemd's stub measures that into PCR 11,
// and nothing extends PCR 11 without it (UAPI group, Linux TPM PCR Registry). It decides what PCR 4
// covers, and what zero means in PCRs 12 and 13.
enum class UnifiedKernel { kUnknown, kNo, kYes };

// Known from the values of `pcrs`, or kUnknown where it makes no difference to LintPcrs and
// ProtectsNothing; nullopt if the TPM has to be asked for PCR 11.
std::optional<UnifiedKernel> UnifiedKernelFrom(const PcrValues &pcrs);

// Whether the PCR, from 0 to 14, was never extended when it held `value`: then whatever is booted
// finds it so, and a policy that demands the value demands nothing. PCRs 12 and 13 are zero in a
// good boot of a unified kernel image: the stub extends them only for a command line and system
// extensions that are not part of the image.
bool ProtectsNothing(std::uint32_t pcr, ByteView value, UnifiedKernel booted);

// What is to be said of a policy that demands these values. Only a PCR that was extended covers
// anything. `latch`: the one that the policy is sealed to; whether it is in `pcrs` does not matter.
std::vector<Warning> LintPcrs(const std::optional<PcrValues> &pcrs,
                              std::optional<std::uint32_t> latch, UnifiedKernel booted);

}  // namespace tpm2_sealed
