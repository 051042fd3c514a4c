// SPDX-License-Identifier: LGPL-2.1-or-later
// BootFacts: reads the files of this machine that tell what its initramfs opens.
#pragma once

#include <string>

#include "token/initramfs/boot_volume.h"

namespace tpm2_sealed {

BootFacts ReadBootFacts();

// Returns a view of the block devices in the sysfs that is mounted at `sys`.
BlockDevices BlockDevicesOf(const std::string &sys);

}  // namespace tpm2_sealed
