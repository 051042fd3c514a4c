// SPDX-License-Identifier: LGPL-2.1-or-later
// BootFacts of this machine: the files in which it says what its initramfs opens.
#pragma once

#include <string>

#include "token/initramfs/boot_volume.h"

namespace tpm2_sealed {

BootFacts ReadBootFacts();

// The block devices of a sysfs that is mounted at `sys`.
BlockDevices BlockDevicesOf(const std::string &sys);

}  // namespace tpm2_sealed
