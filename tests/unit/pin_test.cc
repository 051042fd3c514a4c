// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that what comes of a PIN is what the token format says, byte for byte and for good, and
// which PINs are refused or warned about.
#include "lib/sealed/pin.h"

#include <algorithm>
#include <string>

#include "lib/base/argon2.h"
#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

TokenRecord::Pin Kdf() {
  const ByteView salt = View("0123456789abcdef0123456789abcdef");
  return {.memory_kib = 65536, .iterations = 3, .salt = Bytes(salt.begin(), salt.end())};
}

// Computed without this project's code: K with the reference implementation's program,
//
//   printf 'correct horse 1' | argon2 0123456789abcdef0123456789abcdef -id -t 3 -m 16 -p 1 -l 32 -r
//   K = 7e4c9ded5cb5b2648b716d36e2b721610ff626cb80326adfbeff17ff757bf617
//
// and of it with python3's hmac, as RFC 5869 has it:
//
//   authValue  = hkdf(K, b'', b'cryptsetup-tpm2 v1 authValue', 31) + b'\x01'
//   mix        = hkdf(K, b'', b'cryptsetup-tpm2 v1 mix', 32)
//   passphrase = hkdf(bytes(range(32)), mix, b'cryptsetup-tpm2 v1 passphrase', 32)
void TheDerivationNeverChanges() {
  const PinKeys keys = DerivePinKeys(View("correct horse 1"), Kdf());
  ExpectHex(keys.auth_value.view(),
            "9ba2fe126ec208e7deb7653008f84d36c25be62a35ec66c69aa40f6ede46df01");
  ExpectHex(keys.mix.view(), "b93c267986ca29e0cd5596990c70fbf4624d3980deb5f63c924816effdf677fe");
  SecretBytes unsealed(32);
  for (std::uint8_t i = 0; i < 32; ++i) unsealed.data()[i] = i;
  ExpectHex(PinPassphrase(unsealed, keys.mix).view(),
            "20f04848d0c170bd28dd28b5b456cfc7db1470c1853736f0a6afeea3cc189933");
}

void EveryInputOfTheDerivationCounts() {
  const PinKeys keys = DerivePinKeys(View("correct horse 1"), Kdf());
  const auto differs = [&](std::string_view pin, const TokenRecord::Pin &kdf, const char *what) {
    const PinKeys other = DerivePinKeys(View(pin), kdf);
    Expect(!ConstantTimeEqual(keys.auth_value.view(), other.auth_value.view()), what);
    Expect(!ConstantTimeEqual(keys.mix.view(), other.mix.view()), what);
  };
  differs("correct horse 2", Kdf(), "the PIN");
  differs("correct horse 1 ", Kdf(), "a blank at its end");
  TokenRecord::Pin kdf = Kdf();
  kdf.salt.back() ^= 1;
  differs("correct horse 1", kdf, "the salt");
  kdf = Kdf();
  kdf.iterations = 4;
  differs("correct horse 1", kdf, "the iterations");
  kdf = Kdf();
  kdf.memory_kib += 64;
  differs("correct horse 1", kdf, "the memory");
}

void BytesThatCannotBeAPinAreRefused() {
  const auto refused = [](std::string_view pin, std::string_view why) {
    ExpectError(
        Reason::kWrongPin, [&] { CheckPinBytes(View(pin)); }, why);
  };
  refused("", "no PIN was given");
  refused(std::string(512, '1'), "511 bytes");
  refused(std::string_view("12\0"
                           "45",
                           5),
          "NUL");
  for (const std::string &pin :
       {std::string("1"), std::string(511, '1'), std::string("\xff\x01")}) {
    CheckPinBytes(View(pin));
  }
}

void ExpectWarnings(std::string_view pin, std::string_view ids, Where where = Where::Here()) {
  std::string found;
  for (const Warning &warning : LintPin(View(pin))) {
    found += warning.id + " ";
    const bool told = pin.size() > 1 && warning.message.find(pin) != std::string::npos;
    Expect(!told, "a warning that shows the PIN", where);
  }
  ExpectText(found, ids, where);
}

void UnwisePinsAreWarnedOf() {
  ExpectWarnings("837465", "");
  ExpectWarnings("bcdefg", "");
  ExpectWarnings("12345", "short-pin ");
  ExpectWarnings("bcdefz", "pin-keyboard ");
  ExpectWarnings("bcdefa", "pin-keyboard ");
  ExpectWarnings("8374-65", "pin-keyboard ");
  ExpectWarnings("837 465", "pin-keyboard ");
  ExpectWarnings("837465\r", "pin-control-character pin-keyboard ");
  // Five characters in ten bytes, then six; then five bytes that are no UTF-8.
  ExpectWarnings("\u00e9\u00e9\u00e9\u00e9\u00e9", "short-pin pin-keyboard ");
  ExpectWarnings("\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9", "pin-keyboard ");
  ExpectWarnings("\xe9\xe9\xe9\xe9\xe9", "short-pin pin-keyboard ");
}

void AFreshPinHasAFreshSalt() {
  const PinCostRequest request{
      .time = std::chrono::milliseconds(1), .memory_kib = 65536, .floor_kib = 65536};
  const auto prepare = [&] { return PrepareNewPin(SecretBytes::CopyOf(View("837465")), request); };
  const NewPin one = prepare();
  const NewPin two = prepare();
  Expect(one.kdf.salt.size() == 32 && one.kdf.salt != two.kdf.salt, "32 fresh bytes");
  Expect(one.kdf.memory_kib == 65536 && one.kdf.iterations == 3, "the cost that was asked for");
  const PinKeys again = DerivePinKeys(View("837465"), one.kdf);
  Expect(ConstantTimeEqual(one.keys.auth_value.view(), again.auth_value.view()), "authValue");
  Expect(ConstantTimeEqual(one.keys.mix.view(), again.mix.view()), "mix");
}

void ACostThatCannotBeOpenedIsRefused() {
  for (const std::uint32_t memory : {8u, 65535u, kArgon2MaxMemoryKib + 1}) {
    ExpectError(
        Reason::kNotSupported,
        [&] {
          (void)PrepareNewPin(SecretBytes::CopyOf(View("837465")),
                              {.memory_kib = memory, .floor_kib = 65536});
        },
        "--pin-memory");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(TheDerivationNeverChanges),       UNIT_TEST(EveryInputOfTheDerivationCounts),
      UNIT_TEST(BytesThatCannotBeAPinAreRefused), UNIT_TEST(UnwisePinsAreWarnedOf),
      UNIT_TEST(AFreshPinHasAFreshSalt),          UNIT_TEST(ACostThatCannotBeOpenedIsRefused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
