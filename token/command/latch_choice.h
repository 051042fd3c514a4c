// SPDX-License-Identifier: LGPL-2.1-or-later
// LatchChoice: decides whether enroll and seal bind to the latch, by the options, the configuration
// and what is known of the volume.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lib/action/seal.h"
#include "token/command/options.h"
#include "token/initramfs/boot_volume.h"

namespace tpm2_sealed {

struct LatchChoice {
  std::optional<std::uint32_t> pcr;  // nullopt: no latch
  std::string note;                  // why there is a latch that nobody asked for; else empty
  std::optional<Warning> warning;
};

// `in_initramfs` says why the initramfs opens the volume; nullopt if nothing says that it does.
// Throws Error(kNotSupported) for options that contradict each other, and for a PCR that cannot be
// a latch.
LatchChoice ChooseLatch(const Options &options, std::uint32_t configured,
                        const std::optional<std::string> &in_initramfs);

// Puts the choice into the request. Throws Error(kNotSupported) if the latch is also one of the
// PCRs that --pcrs or --pcr-values choose.
void SetLatch(SealRequest &request, const LatchChoice &choice, const Options &options);

// Returns the warning for a token without the latch on a volume that the initramfs opens.
Warning NoLatchWarning(const std::string &in_initramfs);

}  // namespace tpm2_sealed
