// SPDX-License-Identifier: LGPL-2.1-or-later
// Settings: reads from the configuration file and the environment how this machine reaches its TPM.
// Plugin and command use it; no other file reads either.
#pragma once

#include <optional>
#include <string>

#include "lib/action/unlock.h"
#include "lib/base/config.h"

namespace tpm2_sealed {

// Reads the configuration file. Throws Error(kNotSupported) if it is bad.
Config LoadConfig();

// `tcti_option` is --tcti, which takes precedence over the environment variable
// CRYPTSETUP_TPM2_TCTI (ignored in set-uid programs), which takes precedence over the file. Waits
// for the TPM's device (tpm_wait.h). Throws Error(kNotSupported) if the file is bad.
Machine LoadMachine(const std::optional<std::string> &tcti_option);

// Does what --allow-plaintext asks for: adds "plaintext-sessions = if-unsupported" to the
// configuration file, which the plugin reads. Returns false if the file permits it already. Throws
// Error(kNotSupported) if the file forbids it.
bool PermitPlaintextInFile();
std::string ConfigFileName();

}  // namespace tpm2_sealed
