// SPDX-License-Identifier: LGPL-2.1-or-later
// cryptsetup-tpm2 unseal DEVICE, cryptsetup-tpm2 unseal --token-json FILE
#include <unistd.h>

#include "lib/action/readiness.h"
#include "lib/base/error.h"
#include "token/command/command.h"
#include "token/command/pin_source.h"
#include "token/command/terminal.h"

namespace tpm2_sealed {
namespace {

constexpr std::size_t kMaxTokenFile = 64 * 1024;
constexpr int kMaxToken = 31;

std::vector<std::string> TokensOf(const Options &options) {
  if (const auto file = options.Get("token-json")) return {ReadTextFile(*file, kMaxTokenFile)};
  const Volume volume(DevicePathOf(options), Access::kRead);
  if (const auto number = options.GetNumber("token", kMaxToken)) {
    if (auto json = volume.TokenJson(*number)) return {std::move(*json)};
    throw Error(Reason::kBadToken, volume.device() + " has no token " + std::to_string(*number),
                "list the tokens with 'cryptsetup-tpm2 status'");
  }
  std::vector<std::string> tokens;
  for (TokenEntry &entry : volume.OurTokens()) tokens.push_back(std::move(entry.json));
  if (tokens.empty()) {
    throw Error(Reason::kBadToken, volume.device() + " has no token of type tpm2-sealed",
                "make one with 'cryptsetup-tpm2 enroll'");
  }
  return tokens;
}

// A PIN is tried with one token only: a wrong one costs a try.
Unlocked UnlockWithPin(const Options &options, const std::string &json, const Machine &machine) {
  const SealedToken token = SealedToken::Parse(json);
  CheckReadyForPin(token, machine);
  const SecretBytes pin = PinOf(options, "Enter token PIN: ");
  const auto progress = ProgressOf(options);
  return Unlock(token, machine, pin.view());
}

// The first that opens; the first error if none does. Tokens without a PIN come first: they ask
// nobody.
Unlocked UnlockFirst(const Options &options, const std::vector<std::string> &tokens,
                     const Machine &machine) {
  std::optional<Error> first_error;
  std::vector<std::string> with_pin;
  for (const std::string &json : tokens) {
    try {
      return Unlock(SealedToken::Parse(json), machine);
    } catch (const Error &error) {
      if (error.reason() == Reason::kNeedPin) {
        with_pin.push_back(json);
      } else if (!first_error) {
        first_error = error;
      }
    }
  }
  if (with_pin.size() == 1) return UnlockWithPin(options, with_pin.front(), machine);
  if (first_error) throw *first_error;
  throw Error(Reason::kNotSupported, "several tokens open with a PIN, each with its own",
              "choose one with --token");
}

}  // namespace

int RunUnseal(const Options &options) {
  if (options.Has("json")) {
    throw Error(Reason::kNotSupported, "unseal writes the bare passphrase: --json does not apply",
                "leave it out");
  }
  if (options.operands().empty() != options.Has("token-json") ||
      (options.Has("token-json") && (options.Has("token") || options.Has("header")))) {
    throw Error(Reason::kNotSupported,
                "unseal takes either DEVICE, with --token and --header, or --token-json FILE alone",
                "see 'cryptsetup-tpm2 --help'");
  }
  if (::isatty(STDOUT_FILENO) != 0) {
    throw Error(Reason::kNotSupported, "the passphrase is not written to a terminal",
                "redirect standard output to a pipe or a file");
  }
  const std::vector<std::string> tokens = TokensOf(options);
  const Unlocked unlocked = UnlockFirst(options, tokens, MachineOf(options));
  if (const auto warning = PlaintextWarning(unlocked.protection)) {
    Say("warning: " + warning->message);
  }
  WriteOut(unlocked.passphrase.view());
  return 0;
}

}  // namespace tpm2_sealed
