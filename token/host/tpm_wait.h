// SPDX-License-Identifier: LGPL-2.1-or-later
// TpmWait: waiting for the TPM's device, which a driver that is a module brings late; and what the
// kernel command line says of that in the initramfs.
#pragma once

#include <chrono>
#include <string_view>

namespace tpm2_sealed {

// Whether rd.luks.tpm2-sealed=0 on the kernel command line tells the plugin to keep out. In the
// initramfs alone: what was typed into the boot menu is for the boot.
bool IsSwitchedOff();

// Returns at once unless the TCTI is a device node that is not there although firmware or kernel
// announce a TPM; then when it is there, and at the latest after `configured`, or in the initramfs
// after rd.luks.tpm2-sealed.timeout=. A wait that was in vain is not repeated by this process, nor
// by another one of the same initramfs: several volumes, tokens and the latch would add up.
void WaitForTpm(std::string_view tcti, std::chrono::seconds configured);

}  // namespace tpm2_sealed
