// SPDX-License-Identifier: LGPL-2.1-or-later
// cryptsetup-tpm2 enroll DEVICE
#include "lib/action/enroll.h"

#include <algorithm>
#include <iterator>

#include "lib/luks/device_lock.h"
#include "lib/tpm/bank_warnings.h"
#include "token/command/command.h"
#include "token/command/latch_choice.h"
#include "token/command/lockout_auth_file.h"
#include "token/command/pin_source.h"
#include "token/command/terminal.h"
#include "token/host/settings.h"
#include "token/initramfs/boot_facts.h"

namespace tpm2_sealed {
namespace {

constexpr std::size_t kMaxKeyFile = 8 * 1024 * 1024;  // cryptsetup's own limit
// A passphrase given on purpose is used alone: a volume that it does not open must not be changed
// because a token happens to open it.
Authorization Authorize(const Options &options, Volume &volume, Tpm &tpm) {
  if (!options.Has("key-file")) {
    if (auto opened = AuthorizeByToken(volume, tpm)) return std::move(*opened);
  }
  return AuthorizeByGivenPassphrase(options, volume, tpm);
}

const char *ProofName(Proof proof) {
  if (proof == Proof::kOpened) return "opened";
  return proof == Proof::kButLatch ? "but-latch" : "mac";
}

std::string OpensText(const EnrollResult &result) {
  if (result.proof == Proof::kOpened) return "opens the volume";
  if (result.proof == Proof::kByMac) {
    return "waits for the next boot: the latch, PCR " + std::to_string(*result.record.latch) +
           ", is closed, so that it was not opened; its mac shows that it was enrolled here, and "
           "it loads";
  }
  return "opens the volume in the initramfs; its keys, secret and keyslot were proved, and the "
         "next boot shows that it opens, as the latch, PCR " +
         std::to_string(*result.record.latch) + ", is closed now";
}

}  // namespace

Authorization AuthorizeByGivenPassphrase(const Options &options, Volume &volume, Tpm &tpm) {
  if (const auto file = options.Get("key-file")) {
    return volume.AuthorizeByPassphrase(ReadSecretFile(*file, kMaxKeyFile).view());
  }
  tpm.Release();
  const SecretBytes passphrase =
      AskPassphrase("Enter any existing passphrase for " + volume.device() + ": ");
  return volume.AuthorizeByPassphrase(passphrase.view());
}

void ReportEnrolled(const Options &options, const Volume &volume, const EnrollResult &result) {
  ReportWarnings(options, result.warnings, result.notes);
  const std::string what = "token " + std::to_string(result.token) + " with keyslot " +
                           std::to_string(result.keyslot) + " of " + volume.device();
  if (result.changed == Changed::kNo) {
    Report(options, what + " has this policy already and " + OpensText(result) +
                        ": the volume was not changed");
  } else {
    Report(options, what + " is enrolled and was proved: it " + OpensText(result));
  }
  // This comes after the report: if standard output is full or closed, the change was made anyway.
  if (options.Has("json")) {
    JsonOutput json;
    json.Set("ok", true).Set("device", volume.device()).Set("uuid", volume.Uuid());
    json.Set("token", result.token).Set("keyslot", result.keyslot);
    SetTokenFields(json, result.record);
    json.Set("changed", result.changed == Changed::kYes);
    json.Set("proved", ProofName(result.proof));
    json.Set("warnings", WarningsJson(result.warnings));
    WriteOut(json.Text());
  }
}

namespace {

// Takes the steps of an enroll. Consent and lockoutAuth change the machine, so they come after a
// right passphrase, or where nothing has to be authorised.
EnrollResult EnrollBy(const Options &options, Volume &volume, Tpm &tpm, Machine &machine,
                      const EnrollRequest &request) {
  const auto progress = ProgressOf(options);
  Enrollment enrollment(volume, tpm, request);
  auto equal = enrollment.FindEqual();
  if (!equal) {
    const Authorization authorization = Authorize(options, volume, tpm);
    equal = enrollment.FindEqualByMac(authorization);
    AllowPlaintext(options, request.seal.keys, tpm, machine);
    SetLockoutAuthOf(options, request.seal.keys, tpm);
    return equal ? std::move(*equal) : enrollment.Add(authorization);
  }
  SetLockoutAuthOf(options, request.seal.keys, tpm);
  return std::move(*equal);
}

}  // namespace

int RunEnroll(const Options &options) {
  const DevicePath path = DevicePathOf(options);
  EnrollRequest request;
  request.seal = SealRequestOf(options);
  request.keyslot = options.GetNumber("key-slot", kLuksKeyslots - 1);
  Machine machine = MachineOf(options);
  Tpm tpm(machine);
  Volume volume(path, Access::kWrite);
  const DeviceLock lock(path.metadata());
  // Another command may have written the header before this one got the lock.
  volume.Reload();
  const auto in_initramfs = WhyInInitramfs(ReadBootFacts(), {volume.Uuid(), volume.device()});
  const LatchChoice latch = ChooseLatch(options, LoadConfig().latch_pcr, in_initramfs);
  SetLatch(request.seal, latch, options);
  request.seal.in_initramfs = in_initramfs.value_or("");
  if (HasPinOption(options)) {
    // These refuse before anybody types a PIN and before argon2id runs.
    (void)TargetPcrs(tpm, request.seal);
    CheckRoom(volume, request.keyslot);
  }
  request.seal.pin = NewPinOf(options, tpm, Ask::kIfOption);
  std::vector<Warning> bank_warnings = BankWarnings(tpm.context());
  EnrollResult result = EnrollBy(options, volume, tpm, machine, request);
  if (latch.warning) result.warnings.push_back(*latch.warning);
  std::ranges::move(bank_warnings, std::back_inserter(result.warnings));
  if (!latch.note.empty()) result.notes.push_back(latch.note);
  ReportEnrolled(options, volume, result);
  return 0;
}

}  // namespace tpm2_sealed
