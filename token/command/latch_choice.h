// SPDX-License-Identifier: LGPL-2.1-or-later
// LatchChoice: whether enroll and seal bind to the latch, from the options, the configuration and
// what is known of the volume.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lib/action/seal.h"
#include "token/command/options.h"
#include "token/initramfs/boot_volume.h"

namespace tpm2_sealed {

struct LatchChoice {
  std::optional<std::uint32_t> pcr;  // nothing: no latch
  std::string note;                  // why there is one although nobody asked; empty: none
  std::optional<Warning> warning;
};

// `in_initramfs`: why the initramfs opens the volume, or nothing. Throws Error(kNotSupported) for
// options that contradict each other, and for a PCR that cannot be a latch.
LatchChoice ChooseLatch(const Options &options, std::uint32_t configured,
                        const std::optional<std::string> &in_initramfs);

// Puts the choice into the request. Throws Error(kNotSupported) if the latch is one of its PCRs,
// whose values are those that the machine has, too.
void SetLatch(SealRequest &request, const LatchChoice &choice, const Options &options);

// The warning for a volume that the initramfs opens and a token without the latch.
Warning NoLatchWarning(const std::string &in_initramfs);

}  // namespace tpm2_sealed
