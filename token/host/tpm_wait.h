// SPDX-License-Identifier: LGPL-2.1-or-later
// TpmWait: waits for the TPM's device, which appears late if its driver is a module. In the
// initramfs, the kernel command line can change that.
#pragma once

#include <chrono>
#include <string_view>

namespace tpm2_sealed {

// Returns whether rd.luks.tpm2-sealed=0 on the kernel command line switches the plugin off. It does
// so in the initramfs only: what was typed into the boot menu is for the boot.
bool IsSwitchedOff();

// Waits until the device node of the TCTI exists, if firmware or kernel announce a TPM; otherwise,
// and for other TCTIs, returns at once. Waits no longer than `configured` or, in the initramfs,
// rd.luks.tpm2-sealed.timeout=. After one wait without success, this process, and in an initramfs
// all others, do not wait again: the times of several volumes, tokens and the latch would add up.
void WaitForTpm(std::string_view tcti, std::chrono::seconds configured);

}  // namespace tpm2_sealed
