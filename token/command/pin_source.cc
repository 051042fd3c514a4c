// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/command/pin_source.h"

#include <unistd.h>
#include <limits>

#include "lib/base/error.h"
#include "lib/base/secret.h"
#include "token/command/command.h"
#include "token/command/terminal.h"

namespace tpm2_sealed {
namespace {

constexpr int kMaxDescriptor = 1024 * 1024;
constexpr int kMaxPinTime = 10'000;  // milliseconds

// The names of two options that give the same PIN.
struct Source {
  const char *file;
  const char *fd;
};
constexpr Source kPin = {"pin-file", "pin-fd"};
constexpr Source kOldPin = {"old-pin-file", "old-pin-fd"};

std::optional<SecretBytes> ReadFrom(const Options &options, const Source &source) {
  std::optional<SecretBytes> pin;
  if (const auto file = options.Get(source.file)) pin = ReadSecretLine(*file);
  if (const auto fd = options.GetNumber(source.fd, kMaxDescriptor)) pin = ReadSecretLine(*fd);
  if (pin) CheckPinBytes(pin->view());
  return pin;
}

void RefuseBoth(const Options &options, const Source &source) {
  if (!options.Has(source.file) || !options.Has(source.fd)) return;
  throw Error(Reason::kNotSupported,
              std::string("--") + source.file + " does not go with --" + source.fd, "choose one");
}

SecretBytes AskNewPin() {
  SecretBytes pin = AskSecret("Enter new PIN: ");
  CheckPinBytes(pin.view());
  if (::isatty(STDIN_FILENO) == 0) return pin;
  const SecretBytes again = AskSecret("Enter it again: ");
  if (!ConstantTimeEqual(pin.view(), again.view())) {
    throw Error(Reason::kWrongPin, "the two PINs are not the same", "type the same PIN twice");
  }
  return pin;
}

PinCostRequest CostOf(const Options &options, const Machine &machine) {
  PinCostRequest cost{.floor_kib = machine.argon2_floor_kib};
  if (const auto time = options.GetNumber("pin-time", kMaxPinTime)) {
    cost.time = std::chrono::milliseconds(*time);
  }
  const int most = std::numeric_limits<int>::max();
  if (const auto memory = options.GetNumber("pin-memory", most)) {
    cost.memory_kib = static_cast<std::uint32_t>(*memory);
  }
  return cost;
}

}  // namespace

bool HasPinOption(const Options &options) {
  RefuseBoth(options, kPin);
  const bool from_elsewhere = options.Has(kPin.file) || options.Has(kPin.fd);
  if (options.Has("pin") && from_elsewhere) {
    throw Error(Reason::kNotSupported, "--pin asks for the PIN, and a file or descriptor gives it",
                "choose one");
  }
  return options.Has("pin") || from_elsewhere;
}

std::shared_ptr<const NewPin> NewPinOf(const Options &options, Tpm &tpm, Ask ask,
                                       const std::optional<TokenRecord::Pin> &at_least) {
  if (!HasPinOption(options) && ask == Ask::kIfOption) {
    for (const char *option : {"pin-time", "pin-memory"}) {
      if (!options.Has(option)) continue;
      throw Error(Reason::kNotSupported, std::string("--") + option + " is about a PIN",
                  "add --pin, --pin-file or --pin-fd");
    }
    return nullptr;
  }
  std::optional<SecretBytes> pin = ReadFrom(options, kPin);
  if (!pin) {
    tpm.Release();
    pin = AskNewPin();
  }
  PinCostRequest cost = CostOf(options, tpm.machine());
  cost.at_least = at_least;
  return std::make_shared<const NewPin>(PrepareNewPin(std::move(*pin), cost));
}

SecretBytes PinOf(const Options &options, Tpm &tpm, const std::string &prompt) {
  if (auto pin = ReadFrom(options, kPin)) return std::move(*pin);
  if (!options.Has("pin") && ::isatty(STDIN_FILENO) == 0) {
    throw Error(Reason::kNeedPin, "the token opens with a PIN only",
                "give it with --pin-file or --pin-fd, or --pin to read it from standard input");
  }
  tpm.Release();
  SecretBytes pin = AskSecret(prompt);
  CheckPinBytes(pin.view());
  return pin;
}

std::optional<SecretBytes> OldPinOf(const Options &options) {
  RefuseBoth(options, kOldPin);
  return ReadFrom(options, kOldPin);
}

}  // namespace tpm2_sealed
