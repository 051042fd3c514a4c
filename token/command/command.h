// SPDX-License-Identifier: LGPL-2.1-or-later
// Command: what the actions of the admin command share. Each action is one cmd_*.cc.
#pragma once

#include <string>
#include <vector>

#include "lib/action/enroll.h"
#include "lib/action/seal.h"
#include "lib/luks/volume.h"
#include "token/command/json_output.h"
#include "token/command/options.h"
#include "token/command/report.h"
#include "token/command/terminal.h"

namespace tpm2_sealed {

// The actions. Each returns the exit status, and throws Error.
int RunEnroll(const Options &options);
int RunSeal(const Options &options);
int RunUnseal(const Options &options);
int RunStatus(const Options &options);
int RunStatusInitramfs(const Options &options);  // for RunStatus
int RunRemove(const Options &options);
int RunLatch(const Options &options);
int RunTpm(const Options &options);
int RunChangePin(const Options &options);

// Returns the TPM that --tcti, --trace, the environment and the configuration name. Throws Error.
Machine MachineOf(const Options &options);
// For --allow-plaintext: writes the consent into the configuration if this TPM can do nothing
// better, and gives the permit to `machine`, which is the machine of `tpm`. Throws Error.
void AllowPlaintext(const Options &options, const KeyRequest &keys, Tpm &tpm, Machine &machine);
DevicePath DevicePathOf(const Options &options);
// Makes the request from the options that enroll and seal share. Throws Error.
SealRequest SealRequestOf(const Options &options);

// Says after a second that the TPM is at work, unless --quiet.
Progress ProgressOf(const Options &options);

// Authorizes by --key-file, or by a passphrase that is asked for while the TPM is left to others.
Authorization AuthorizeByGivenPassphrase(const Options &options, Volume &volume, Tpm &tpm);
// Reports what enroll and change-pin have done, in words and as JSON.
void ReportEnrolled(const Options &options, const Volume &volume, const EnrollResult &result);

}  // namespace tpm2_sealed
