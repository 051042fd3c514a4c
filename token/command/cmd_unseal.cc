// SPDX-License-Identifier: LGPL-2.1-or-later
// cryptsetup-tpm2 unseal DEVICE, cryptsetup-tpm2 unseal --token-json FILE
#include <unistd.h>

#include "lib/action/readiness.h"
#include "lib/base/error.h"
#include "token/command/command.h"
#include "token/command/pin_source.h"
#include "token/command/terminal.h"
#include "token/command/token_choice.h"

namespace tpm2_sealed {
namespace {

constexpr std::size_t kMaxTokenFile = 64 * 1024;

std::vector<std::string> TokensOf(const Options &options) {
  if (const auto file = options.Get("token-json")) return {ReadTextFile(*file, kMaxTokenFile)};
  const Volume volume(DevicePathOf(options), Access::kRead);
  std::vector<std::string> tokens;
  for (TokenEntry &entry : TokenChoice::Of(options, volume).Meant()) {
    tokens.push_back(std::move(entry.json));
  }
  return tokens;
}

// A PIN is tried with one token only, since a wrong one costs a try.
Opened OpenWithPin(const Options &options, const SealedToken &token, Tpm &tpm) {
  CheckReadyForPin(token, tpm);
  const SecretBytes pin = PinOf(options, tpm, "Enter token PIN: ");
  const auto progress = ProgressOf(options);
  return Require(token, Open(token, tpm, pin.view()));
}

// Returns nullopt for a token that is not whole; then `why` says so, unless it says something
// already.
std::optional<SealedToken> ParseOr(const std::string &json, std::optional<Error> &why) {
  try {
    return SealedToken::Parse(json);
  } catch (const Error &error) {
    if (!why) why = error;
    return std::nullopt;
  }
}

// Opens the first token that opens. Throws the first error if none does. Tokens without a PIN come
// first, since they ask nobody.
Opened OpenFirst(const Options &options, const std::vector<std::string> &tokens, Tpm &tpm) {
  std::optional<Error> first_error;
  std::vector<SealedToken> with_pin;
  for (const std::string &json : tokens) {
    const auto token = ParseOr(json, first_error);
    if (!token) continue;
    Outcome outcome = Open(*token, tpm);
    if (auto *opened = std::get_if<Opened>(&outcome)) return std::move(*opened);
    const Refusal &refusal = std::get<Refusal>(outcome);
    if (std::holds_alternative<NeedsPin>(refusal)) {
      with_pin.push_back(*token);
    } else if (!first_error) {
      first_error = ErrorOf(*token, refusal);
    }
  }
  if (with_pin.size() == 1) return OpenWithPin(options, with_pin.front(), tpm);
  if (first_error) throw Error(*first_error);
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
  const Machine machine = MachineOf(options);
  Tpm tpm(machine);
  const Opened opened = OpenFirst(options, tokens, tpm);
  if (const auto warning = PlaintextWarning(opened.protection)) {
    Say("warning: " + warning->message);
  }
  WriteOut(opened.passphrase.view());
  return 0;
}

}  // namespace tpm2_sealed
