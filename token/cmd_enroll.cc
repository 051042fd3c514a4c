// SPDX-License-Identifier: LGPL-2.1-or-later
// cryptsetup-tpm2 enroll DEVICE
#include "lib/enroll.h"
#include "lib/luks/device_lock.h"
#include "token/boot_facts.h"
#include "token/command.h"
#include "token/latch_choice.h"
#include "token/lockout_auth_file.h"
#include "token/pin_source.h"
#include "token/settings.h"
#include "token/terminal.h"

namespace tpm2_sealed {
namespace {

constexpr std::size_t kMaxKeyFile = 8 * 1024 * 1024;  // cryptsetup's own limit
constexpr int kMaxKeyslot = 31;

// A passphrase given on purpose is used alone: what it does not open must not be changed by luck.
SecretBytes Authorize(const Options &options, Volume &volume) {
  if (!options.Has("key-file")) {
    if (auto key = volume.VolumeKeyByToken()) return std::move(*key);
  }
  return VolumeKeyByGivenPassphrase(options, volume);
}

std::string OpensText(const EnrollResult &result) {
  if (result.proof == Proof::kOpened) return "opens the volume";
  return "opens the volume in the initramfs at the next boot, as far as can be told now that the "
         "latch, PCR " +
         std::to_string(*result.record.latch) + ", is closed (everything but that was proved)";
}

}  // namespace

SecretBytes VolumeKeyByGivenPassphrase(const Options &options, Volume &volume) {
  if (const auto file = options.Get("key-file")) {
    return volume.VolumeKeyByPassphrase(ReadSecretFile(*file, kMaxKeyFile).view());
  }
  const SecretBytes passphrase =
      AskPassphrase("Enter any existing passphrase for " + volume.device() + ": ");
  return volume.VolumeKeyByPassphrase(passphrase.view());
}

void ReportEnrolled(const Options &options, const Volume &volume, const EnrollResult &result) {
  ReportWarnings(options, result.warnings, result.notes);
  const std::string what = "token " + std::to_string(result.token) + " with keyslot " +
                           std::to_string(result.keyslot) + " of " + volume.device();
  if (result.changed == Changed::kNo) {
    Report(options,
           what + " has this policy already and " + OpensText(result) + ": nothing was changed");
  } else {
    Report(options, what + " is enrolled and was proved: it " + OpensText(result));
  }
  // After the report: if standard output is full or closed, the change was made all the same.
  if (options.Has("json")) {
    JsonOutput json;
    json.Set("ok", true).Set("device", volume.device()).Set("uuid", volume.Uuid());
    json.Set("token", result.token).Set("keyslot", result.keyslot);
    SetTokenFields(json, result.record);
    json.Set("changed", result.changed == Changed::kYes);
    json.Set("proved", result.proof == Proof::kOpened ? "opened" : "but-latch");
    json.Set("warnings", WarningsJson(result.warnings));
    WriteOut(json.Text());
  }
}

int RunEnroll(const Options &options) {
  const DevicePath path = DevicePathOf(options);
  EnrollRequest request;
  request.seal = SealRequestOf(options);
  request.keyslot = options.GetNumber("key-slot", kMaxKeyslot);
  TpmAccess access = TpmAccessOf(options);
  request.authorize = [&](Volume &volume) {
    SecretBytes key = Authorize(options, volume);
    // Consent changes the machine, so it comes after the passphrase was right.
    AllowPlaintext(options, request.seal.keys, access);
    SetLockoutAuthOf(options, request.seal.keys, access);
    return key;
  };
  Volume volume(path, Access::kWrite);
  const DeviceLock lock(path.metadata());
  // What another command wrote before the lock was ours.
  volume.Reload();
  const LatchChoice latch =
      ChooseLatch(options, LoadConfig().latch_pcr,
                  WhyInInitramfs(ReadBootFacts(), {volume.Uuid(), volume.device()}));
  SetLatch(request.seal, latch, options);
  if (HasPinOption(options)) {
    // Before anybody types a PIN, and argon2id is run.
    (void)TargetPcrs(access, request.seal);
    CheckRoom(volume, request.keyslot);
  }
  request.seal.pin = NewPinOf(options, access, Ask::kIfOption);
  EnrollResult result = [&] {
    const auto progress = ProgressOf(options);
    return Enroll(volume, access, request);
  }();
  // Where nothing had to be authorised.
  if (result.changed == Changed::kNo) SetLockoutAuthOf(options, request.seal.keys, access);
  if (latch.warning) result.warnings.push_back(*latch.warning);
  if (!latch.note.empty()) result.notes.push_back(latch.note);
  ReportEnrolled(options, volume, result);
  return 0;
}

}  // namespace tpm2_sealed
