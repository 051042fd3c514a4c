// SPDX-License-Identifier: LGPL-2.1-or-later
// KernelCommandLine: the words of /proc/cmdline, and what they say of this project.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tpm2_sealed {

struct KernelParameter {
  std::string name;
  std::optional<std::string> value;  // nothing: no '='
};

// Words are separated by blanks; double quotes keep blanks together, as for the kernel itself.
std::vector<KernelParameter> ParseKernelCommandLine(std::string_view text);

// dracut.cmdline(7) style; in the initramfs alone.
struct KernelSwitches {
  bool off = false;                             // rd.luks.tpm2-sealed=0
  std::optional<std::chrono::seconds> timeout;  // rd.luks.tpm2-sealed.timeout=SECONDS
};

// The last of each counts, as for dracut. A timeout that is no number from 0 to 3600 counts as not
// given: that the latch is closed must not hang on what somebody typed into a boot menu.
KernelSwitches ReadKernelSwitches(std::string_view text);

}  // namespace tpm2_sealed
