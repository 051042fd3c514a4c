// SPDX-License-Identifier: LGPL-2.1-or-later
// Settings: how this machine reaches its TPM, from the configuration file and the environment. The
// only reader of either; plugin and command share it.
#pragma once

#include <optional>
#include <string>

#include "lib/action/unlock.h"
#include "lib/base/config.h"

namespace tpm2_sealed {

// What the configuration file says. Throws Error(kNotSupported) for a bad file.
Config LoadConfig();

// `tcti_option`: --tcti, which wins over the environment variable CRYPTSETUP_TPM2_TCTI (ignored in
// set-uid programs), which wins over the file. Waits for the TPM's device (tpm_wait.h). Throws
// Error(kNotSupported) for a bad file.
Machine LoadMachine(const std::optional<std::string> &tcti_option);

// How --allow-plaintext consents: adds "plaintext-sessions = if-unsupported" to the configuration
// file, for the plugin to find. Throws Error(kNotSupported) if the file says otherwise already.
// False if it says so already.
bool PermitPlaintextInFile();
std::string ConfigFileName();

}  // namespace tpm2_sealed
