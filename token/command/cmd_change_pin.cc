// SPDX-License-Identifier: LGPL-2.1-or-later
// cryptsetup-tpm2 change-pin DEVICE
#include "lib/action/change_pin.h"

#include "lib/action/readiness.h"
#include "lib/base/error.h"
#include "lib/luks/device_lock.h"
#include "token/command/command.h"
#include "token/command/latch_choice.h"
#include "token/command/pin_source.h"
#include "token/command/terminal.h"
#include "token/command/token_choice.h"
#include "token/host/settings.h"
#include "token/initramfs/boot_facts.h"

namespace tpm2_sealed {
namespace {

void CheckOptions(const Options &options) {
  const bool old_pin = options.Has("old-pin-file") || options.Has("old-pin-fd");
  if (!options.Has("key-file") || !old_pin) return;
  throw Error(Reason::kNotSupported, "--key-file does not go with the old PIN",
              "one of the two is enough to authorise the change");
}

// Returns the present PIN if it authorises the change; nullopt if a passphrase does.
std::optional<SecretBytes> PresentPin(const Options &options, Tpm &tpm, int token) {
  if (options.Has("key-file")) return std::nullopt;
  if (auto pin = OldPinOf(options)) return pin;
  tpm.Release();
  SecretBytes pin = AskSecret("Enter the present PIN of token " + std::to_string(token) +
                              " (empty: a passphrase instead): ");
  if (pin.empty()) return std::nullopt;
  CheckPinBytes(pin.view());
  return pin;
}

void RefuseOldPin(const Options &options) {
  if (!options.Has("old-pin-file") && !options.Has("old-pin-fd")) return;
  throw Error(Reason::kPolicyMismatch,
              "the latch is closed, so that the present PIN cannot be tried before the next boot",
              "authorise the change with --key-file, or a passphrase that is asked for");
}

// Returns whether the latch alone keeps the token from opening, so that its PIN can be tried at the
// next boot only. Throws Error if anything else does.
bool WaitsForBoot(const SealedToken &token, Tpm &tpm) {
  const auto refusal = WhyNotReadyForPin(token, tpm);
  if (!refusal) return false;
  if (OnlyLatchChanged(token, *refusal) && !WhyNotLoaded(token, tpm)) return true;
  throw ErrorOf(token, *refusal);
}

// Returns what enroll would seal a token of this volume to if no option said otherwise.
SealRequest UsualRequest(const Options &options, const Volume &volume) {
  SealRequest usual = SealRequestOf(options);
  const LatchChoice latch =
      ChooseLatch(options, LoadConfig().latch_pcr,
                  WhyInInitramfs(ReadBootFacts(), {volume.Uuid(), volume.device()}));
  SetLatch(usual, latch, options);
  return usual;
}

}  // namespace

int RunChangePin(const Options &options) {
  CheckOptions(options);
  const DevicePath path = DevicePathOf(options);
  const Machine machine = MachineOf(options);
  Tpm tpm(machine);
  Volume volume(path, Access::kWrite);
  const DeviceLock lock(path.metadata());
  volume.Reload();
  ChangePinRequest request;
  request.token = ChoosePinToken(volume, TokenChoice::Of(options, volume).named);
  const SealedToken old = SealedToken::Parse(*volume.TokenJson(request.token));
  // This is checked before anybody types a PIN.
  const bool waits_for_boot = WaitsForBoot(old, tpm);
  if (waits_for_boot) {
    RefuseOldPin(options);
    Report(options,
           "the latch is closed, so that the present PIN cannot be tried: a passphrase "
           "authorises the change");
  }
  // The present PIN is asked for first, as people expect, and if it is wrong that shows at once.
  const std::optional<SecretBytes> present =
      waits_for_boot ? std::nullopt : PresentPin(options, tpm, request.token);
  request.authorization = present ? AuthorizeByPin(volume, old, tpm, present->view())
                                  : AuthorizeByGivenPassphrase(options, volume, tpm);
  const std::vector<std::string> about_policy =
      CheckPolicyToTakeOver(volume, request, UsualRequest(options, volume),
                            options.Has("force") ? Force::kYes : Force::kNo);
  request.pin = NewPinOf(options, tpm, Ask::kAlways, old.record.pin);
  EnrollResult result = [&] {
    const auto progress = ProgressOf(options);
    return ChangePin(volume, tpm, request);
  }();
  result.notes.insert(result.notes.begin(), about_policy.begin(), about_policy.end());
  ReportEnrolled(options, volume, result);
  return 0;
}

}  // namespace tpm2_sealed
