// SPDX-License-Identifier: LGPL-2.1-or-later
// cryptsetup-tpm2 change-pin DEVICE
#include "lib/change_pin.h"

#include "lib/base/error.h"
#include "lib/latch_proof.h"
#include "lib/luks/device_lock.h"
#include "lib/readiness.h"
#include "token/boot_facts.h"
#include "token/command.h"
#include "token/latch_choice.h"
#include "token/pin_source.h"
#include "token/settings.h"
#include "token/terminal.h"

namespace tpm2_sealed {
namespace {

constexpr int kMaxToken = 31;

void CheckOptions(const Options &options) {
  const bool old_pin = options.Has("old-pin-file") || options.Has("old-pin-fd");
  if (!options.Has("key-file") || !old_pin) return;
  throw Error(Reason::kNotSupported, "--key-file does not go with the old PIN",
              "one of the two is enough to authorise the change");
}

// The present PIN, if it is what authorises the change; nothing: a passphrase does.
std::optional<SecretBytes> PresentPin(const Options &options, int token) {
  if (options.Has("key-file")) return std::nullopt;
  if (auto pin = OldPinOf(options)) return pin;
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

// What enroll would seal a token of this volume to if no option said otherwise.
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
  const TpmAccess access = TpmAccessOf(options);
  Volume volume(path, Access::kWrite);
  const DeviceLock lock(path.metadata());
  volume.Reload();
  ChangePinRequest request;
  request.token = ChoosePinToken(volume, options.GetNumber("token", kMaxToken));
  const SealedToken old = SealedToken::Parse(*volume.TokenJson(request.token));
  // Before anybody types a PIN. One whose latch is closed can be tried only at the next boot.
  const bool waits_for_boot = WaitsForBoot(old, access);
  if (waits_for_boot) {
    RefuseOldPin(options);
    Report(options,
           "the latch is closed, so that the present PIN cannot be tried: a passphrase "
           "authorises the change");
  } else {
    CheckReadyForPin(old, access);
  }
  // What is typed comes in the order in which people think of it; what is wrong shows at once.
  const std::optional<SecretBytes> present =
      waits_for_boot ? std::nullopt : PresentPin(options, request.token);
  if (!present && !options.Has("force")) CheckUnprovedPolicy(old, UsualRequest(options, volume));
  const SecretBytes volume_key =
      present ? volume.VolumeKeyByPassphrase(Unlock(old, access, present->view()).passphrase.view())
              : VolumeKeyByGivenPassphrase(options, volume);
  request.authorize = [&](Volume &) { return SecretBytes::CopyOf(volume_key.view()); };
  request.pin = NewPinOf(options, access, Ask::kAlways, old.record.pin);
  const EnrollResult result = [&] {
    const auto progress = ProgressOf(options);
    return ChangePin(volume, access, request);
  }();
  ReportEnrolled(options, volume, result);
  return 0;
}

}  // namespace tpm2_sealed
