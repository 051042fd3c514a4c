// SPDX-License-Identifier: LGPL-2.1-or-later
// cryptsetup-tpm2 remove DEVICE
#include "lib/action/keyslot_guard.h"
#include "lib/luks/device_lock.h"
#include "token/command/command.h"
#include "token/command/remove_choice.h"
#include "token/command/terminal.h"

namespace tpm2_sealed {
int RunRemove(const Options &options) {
  const DevicePath path = DevicePathOf(options);
  Volume volume(path, Access::kWrite);
  const DeviceLock lock(path.metadata());
  volume.Reload();
  const int token = ChooseTokenToRemove(options, volume, MachineOf(options));
  const RemoveResult result =
      RemoveToken(volume, token, KeyslotGuard(volume, nullptr),
                  options.Has("force") ? Unusual::kRemove : Unusual::kRefuse);
  std::string what = "removed token " + std::to_string(token);
  for (const int keyslot : result.keyslots) what += " and keyslot " + std::to_string(keyslot);
  Report(options,
         what + " of " + volume.device() + "; a copy of the old header still opens with this TPM");
  // This comes after the report: if standard output is full or closed, the token is removed anyway.
  if (options.Has("json")) {
    JsonOutput json;
    json.Set("ok", true).Set("device", volume.device()).Set("token", token);
    if (result.keyslots.empty()) {
      json.SetNull("keyslot");
    } else {
      json.Set("keyslot", result.keyslots.front());
    }
    json.Set("keyslots", result.keyslots).Set("remaining", result.remaining);
    WriteOut(json.Text());
  }
  return 0;
}

}  // namespace tpm2_sealed
