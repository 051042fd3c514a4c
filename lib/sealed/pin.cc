// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/sealed/pin.h"

#include <algorithm>
#include <string_view>

#include "lib/base/argon2.h"
#include "lib/base/crypto.h"
#include "lib/base/error.h"
#include "lib/base/utf8.h"

namespace tpm2_sealed {
namespace {

constexpr std::size_t kKeySize = 32;
constexpr std::size_t kSaltSize = 32;
constexpr std::size_t kFewCharacters = 6;

Argon2Cost CostOf(const TokenRecord::Pin &kdf) {
  return {.memory_kib = kdf.memory_kib, .iterations = kdf.iterations};
}

// Returns whether the character is at the same place, and gives the same byte, on the usual Latin
// layouts: an initramfs often has another layout than the desktop. Digits need Shift on the French
// layout, but nobody can be asked for a PIN without digits.
bool IsOnEveryKeyboard(std::uint8_t byte) {
  constexpr std::string_view kMoving = "aqwzymAQWZYM";  // QWERTY, QWERTZ, AZERTY
  const char c = static_cast<char>(byte);
  const bool alphanumeric =
      (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return alphanumeric && kMoving.find(c) == std::string_view::npos;
}

// Counts the characters of UTF-8 text, and the bytes of anything else.
std::size_t CountCharacters(ByteView pin) {
  const std::string_view text(reinterpret_cast<const char *>(pin.data()), pin.size());
  if (!IsUtf8(text)) return pin.size();
  return static_cast<std::size_t>(std::count_if(
      pin.begin(), pin.end(), [](std::uint8_t byte) { return (byte & 0xc0) != 0x80; }));
}

}  // namespace

bool CostsLess(const TokenRecord::Pin &one, const TokenRecord::Pin &other) {
  const auto work = [](const TokenRecord::Pin &pin) {
    return std::uint64_t{pin.memory_kib} * pin.iterations;
  };
  // Measured costs vary, so only less than half counts as less.
  return work(one) < work(other) / 2;
}

void CheckPinCost(const TokenRecord::Pin &kdf, std::uint32_t floor_kib) {
  CheckArgon2Cost(CostOf(kdf), floor_kib);
  CheckArgon2Memory(CostOf(kdf));
}

PinKeys DerivePinKeys(ByteView pin, const TokenRecord::Pin &kdf) {
  const SecretBytes key = Argon2id(pin, kdf.salt, CostOf(kdf), kKeySize);
  const SecretBytes auth = HkdfSha256(key.view(), {}, "cryptsetup-tpm2 v1 authValue", kKeySize - 1);
  PinKeys keys{.auth_value = SecretBytes(kKeySize),
               .mix = HkdfSha256(key.view(), {}, "cryptsetup-tpm2 v1 mix", kKeySize)};
  std::copy_n(auth.data(), auth.size(), keys.auth_value.data());
  // TPMs strip trailing zero bytes of an authValue (TPM 2.0 Part 1, section 19.6.4.3); this one has
  // none.
  keys.auth_value.data()[kKeySize - 1] = 0x01;
  // Little that runs after this would write over what is left on the stack:
  // tests/integration/left-behind.test.
  WipeStackBelow();
  return keys;
}

SecretBytes PinPassphrase(const SecretBytes &unsealed, const SecretBytes &mix) {
  return HkdfSha256(unsealed.view(), mix.view(), "cryptsetup-tpm2 v1 passphrase", kKeySize);
}

void CheckPinBytes(ByteView pin) {
  const char *problem = nullptr;
  if (pin.empty()) {
    problem = "no PIN was given";
  } else if (pin.size() > kMaxPinSize) {
    problem = "the PIN has more than the 511 bytes that a prompt takes";
  } else if (std::find(pin.begin(), pin.end(), 0) != pin.end()) {
    problem = "the PIN has a NUL byte, which no prompt takes";
  }
  if (problem != nullptr) throw Error(Reason::kWrongPin, problem, "give another PIN");
}

std::string DescribePin(const TokenRecord &record) {
  if (!record.pin) return "no";
  return "yes, argon2id with " + std::to_string(record.pin->memory_kib) + " KiB and " +
         std::to_string(record.pin->iterations) + " iterations";
}

std::vector<Warning> LintPin(ByteView pin) {
  std::vector<Warning> warnings;
  if (CountCharacters(pin) < kFewCharacters) {
    warnings.push_back({warning_id::kShortPin,
                        "the PIN has fewer than 6 characters: whoever reads the secrets out of "
                        "the TPM guesses it soon"});
  }
  if (std::ranges::any_of(pin, [](std::uint8_t byte) { return byte < 0x20 || byte == 0x7f; })) {
    warnings.push_back({warning_id::kPinControlCharacter,
                        "the PIN has a control character, which most prompts do not take: a file "
                        "with DOS line ends adds one"});
  }
  if (!std::ranges::all_of(pin, IsOnEveryKeyboard)) {
    warnings.push_back({warning_id::kPinKeyboard,
                        "the PIN has characters that depend on the keyboard layout: check which "
                        "one is in force where the PIN is asked for; at boot it is often the US "
                        "layout"});
  }
  return warnings;
}

NewPin PrepareNewPin(SecretBytes pin, const PinCostRequest &request) {
  CheckPinBytes(pin.view());
  const std::uint32_t spare = Argon2SpareMemoryKib();
  const std::uint32_t most = Argon2MostMemoryKib();
  if (request.memory_kib &&
      (*request.memory_kib < request.floor_kib || *request.memory_kib > most)) {
    throw Error(Reason::kNotSupported,
                "--pin-memory must be from " + std::to_string(request.floor_kib) + " to " +
                    std::to_string(most) +
                    " KiB, half of this machine's memory and no more than 4 GiB",
                "leave it out to get what suits this machine");
  }
  const std::uint32_t memory = request.memory_kib.value_or(spare);
  // A size that was asked for is kept: then the time decides only the iterations.
  const Argon2Cost cost =
      ChooseArgon2Cost(request.time, memory, request.memory_kib ? memory : request.floor_kib);
  NewPin fresh{.pin = std::move(pin), .kdf = {}, .keys = {}};
  fresh.kdf.memory_kib = cost.memory_kib;
  fresh.kdf.iterations = cost.iterations;
  const bool as_measured = !request.memory_kib && request.time == PinCostRequest{}.time;
  if (as_measured && request.at_least && CostsLess(fresh.kdf, *request.at_least)) {
    fresh.kdf = *request.at_least;
  }
  const SecretBytes salt = KernelRandom(kSaltSize);
  fresh.kdf.salt.assign(salt.data(), salt.data() + salt.size());
  try {
    CheckPinCost(fresh.kdf, request.floor_kib);
  } catch (const Error &error) {
    if (error.reason() == Reason::kNoMemory) throw;
    throw Error(Reason::kNotSupported,
                "argon2id with " + std::to_string(cost.memory_kib) +
                    " KiB of memory does not fit this machine",
                "choose another --pin-memory");
  }
  fresh.keys = DerivePinKeys(fresh.pin.view(), fresh.kdf);
  return fresh;
}

}  // namespace tpm2_sealed
