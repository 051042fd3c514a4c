// SPDX-License-Identifier: LGPL-2.1-or-later
// cryptsetup-tpm2 seal
#include <algorithm>
#include <iterator>
#include <optional>

#include "lib/base/error.h"
#include "lib/base/utf8.h"
#include "lib/tpm/bank_warnings.h"
#include "lib/tpm/sealed_object.h"
#include "token/command/command.h"
#include "token/command/latch_choice.h"
#include "token/command/new_secret_file.h"
#include "token/command/pin_source.h"
#include "token/command/terminal.h"
#include "token/host/settings.h"

namespace tpm2_sealed {
namespace {

void WriteToken(const Options &options, const SealResult &sealed) {
  if (!options.Has("json")) {
    WriteOut(WithEscapes(sealed.record.ToJson()) + "\n");
    return;
  }
  JsonOutput json;
  json.Set("ok", true).SetParsed("token_json", sealed.record.ToJson());
  SetTokenFields(json, sealed.record);
  json.Set("warnings", WarningsJson(sealed.warnings));
  WriteOut(json.Text());
}

}  // namespace

int RunSeal(const Options &options) {
  if (options.Has("secret-file") && options.Has("new-secret-file")) {
    throw Error(Reason::kNotSupported, "--secret-file does not go with --new-secret-file",
                "a given secret is not written again");
  }
  if (options.Has("secret-file") && HasPinOption(options)) {
    throw Error(Reason::kNotSupported, "--secret-file does not go with a PIN",
                "the keyslot passphrase of a token with a PIN comes from both, it cannot be given");
  }
  SealRequest request = SealRequestOf(options);
  // There is no volume to look at, so the latch is used only if it is asked for.
  const LatchChoice latch = ChooseLatch(options, LoadConfig().latch_pcr, std::nullopt);
  SetLatch(request, latch, options);
  const auto keyslot = options.GetNumber("key-slot", kLuksKeyslots - 1);
  Machine machine = MachineOf(options);
  Tpm tpm(machine);
  request.pin = NewPinOf(options, tpm, Ask::kIfOption);
  std::optional<SecretBytes> given;
  if (const auto file = options.Get("secret-file")) given = ReadSecretFile(*file, kMaxSealedSize);
  std::vector<Warning> bank_warnings = BankWarnings(tpm.context());
  std::optional<NewSecretFile> new_secret;
  SealResult sealed = [&] {
    const auto progress = ProgressOf(options);
    const auto pcrs = TargetPcrs(tpm, request);
    (void)CertifiedKeys(tpm, request.keys);
    // Consent changes the machine, so it comes after all that can be refused without it.
    AllowPlaintext(options, request.keys, tpm, machine);
    const ChosenKeys keys = PrepareKeys(tpm, request.keys);
    const Sealer sealer(tpm, keys, request);
    const SecretBytes secret = given ? std::move(*given) : sealer.FreshSecret();
    SealResult result = WithWarnings(tpm, sealer.Seal(request, pcrs, secret), keys, request);
    if (const auto file = options.Get("new-secret-file")) {
      new_secret.emplace(*file, KeyslotPassphrase(request, secret).view());
    }
    return result;
  }();
  std::ranges::move(bank_warnings, std::back_inserter(sealed.warnings));
  if (latch.warning) sealed.warnings.push_back(*latch.warning);
  if (keyslot) sealed.record.keyslots = {*keyslot};
  ReportWarnings(options, sealed.warnings, sealed.notes);
  try {
    WriteToken(options, sealed);
  } catch (const Error &) {
    // Without its token the secret is of no use.
    if (new_secret) new_secret->Remove();
    throw;
  }
  return 0;
}

}  // namespace tpm2_sealed
