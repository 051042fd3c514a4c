// SPDX-License-Identifier: LGPL-2.1-or-later
// cryptsetup-tpm2 remove DEVICE
#include "lib/base/error.h"
#include "lib/enroll.h"
#include "lib/luks/device_lock.h"
#include "token/command.h"
#include "token/terminal.h"

namespace tpm2_sealed {
namespace {

constexpr int kMaxToken = 31;

int ChooseToken(const Options &options, const Volume &volume) {
  const auto number = options.GetNumber("token", kMaxToken);
  const std::vector<TokenEntry> tokens = volume.OurTokens();
  std::string numbers;
  for (const TokenEntry &entry : tokens) {
    if (entry.number == number) return entry.number;
    numbers += (numbers.empty() ? "" : ", ") + std::to_string(entry.number);
  }
  if (tokens.empty()) {
    throw Error(Reason::kBadToken, volume.device() + " has no token of type tpm2-sealed",
                "there is nothing to remove");
  }
  if (number) {
    throw Error(Reason::kBadToken,
                "token " + std::to_string(*number) + " of " + volume.device() +
                    " is not of type tpm2-sealed",
                "those are: " + numbers);
  }
  if (tokens.size() > 1) {
    throw Error(Reason::kNotSupported, volume.device() + " has several tokens: " + numbers,
                "choose one with --token");
  }
  return tokens.front().number;
}

}  // namespace

int RunRemove(const Options &options) {
  const DevicePath path = DevicePathOf(options);
  Volume volume(path, Access::kWrite);
  const DeviceLock lock(path.metadata());
  volume.Reload();
  const int token = ChooseToken(options, volume);
  const RemoveResult result = RemoveToken(volume, token);
  std::string what = "removed token " + std::to_string(token);
  for (const int keyslot : result.keyslots) what += " and keyslot " + std::to_string(keyslot);
  Report(options,
         what + " of " + volume.device() + "; a copy of the old header still opens with this TPM");
  // After the report: if standard output is full or closed, they are gone all the same.
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
