// SPDX-License-Identifier: LGPL-2.1-or-later
// KernelCommandLine: parses /proc/cmdline, and reads this project's parameters from it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tpm2_sealed {

struct KernelParameter {
  std::string name;
  std::optional<std::string> value;  // nullopt without '='
};

// Blanks separate the words, except between double quotes, as in the kernel itself.
std::vector<KernelParameter> ParseKernelCommandLine(std::string_view text);

// Parameters in the style of dracut.cmdline(7). They count in the initramfs only.
struct KernelSwitches {
  bool off = false;                             // rd.luks.tpm2-sealed=0
  std::optional<std::chrono::seconds> timeout;  // rd.luks.tpm2-sealed.timeout=SECONDS
};

// The last of each counts, as for dracut. A timeout that is not a number from 0 to 3600 is ignored:
// a typing error in a boot menu must not keep the latch from being closed.
KernelSwitches ReadKernelSwitches(std::string_view text);

}  // namespace tpm2_sealed
