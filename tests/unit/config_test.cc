// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that the configuration means what its lines say, and that everything that is not exactly a
// known setting is an error with file and line: a misspelled setting must not be a silent default.
#include "lib/base/config.h"

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

constexpr const char *kFile = "/etc/example.conf";
// SHA-256 Name: nameAlg and 32 bytes.
const std::string kName = "000b" + std::string(64, '5');

Config Parse(std::string_view text) { return ParseConfig(text, kFile); }

void ExpectRefused(std::string_view text, std::string_view part, Where where = Where::Here()) {
  ExpectError(
      Reason::kNotSupported, [&] { (void)Parse(text); }, part, where);
}

void ExpectDefaults(const Config &config, Where where = Where::Here()) {
  Expect(!config.tcti, "no TCTI is set", where);
  Expect(config.tpm_timeout == std::chrono::seconds(120), "the time limit is 120 s", where);
  Expect(!config.ek_name, "no Name is demanded", where);
  Expect(config.latch_pcr == 15, "the latch is PCR 15", where);
  Expect(config.latch == LatchDemand::kBestEffort, "and not required", where);
  Expect(config.latch_failure == LatchFailure::kPowerOff, "a failure powers off", where);
}

void NothingGivesTheDefaults() {
  ExpectDefaults(Parse(""));
  ExpectDefaults(Parse("\n\n \t\n\r\n"));
  ExpectDefaults(Parse("# tcti = device:/dev/tpm0\n   # tpm-timeout = 1\n#"));
}

void EverySettingIsRead() {
  const Config config = Parse("tcti = swtpm:path=/run/sock\ntpm-timeout = 30\nek-name = " + kName);
  ExpectText(config.tcti.value(), "swtpm:path=/run/sock");
  assert_int_equal(config.tpm_timeout.count(), 30);
  ExpectHex(config.ek_name.value(), kName);
}

void TheLatchCanBeRequired() {
  const Config config = Parse("latch = required\nlatch-failure = reboot\n");
  Expect(config.latch == LatchDemand::kRequired, "required");
  Expect(config.latch_failure == LatchFailure::kReboot, "reboot");
  Expect(Parse("latch = best-effort").latch == LatchDemand::kBestEffort, "best-effort");
  Expect(Parse("latch-failure=poweroff").latch_failure == LatchFailure::kPowerOff, "poweroff");
  for (const char *value : {"", "Required", "yes", "required # yes", "best effort"}) {
    ExpectRefused("latch = " + std::string(value), "'latch' must be 'best-effort' or 'required'");
  }
  for (const char *value : {"", "halt", "shell", "none"}) {
    ExpectRefused("latch-failure = " + std::string(value),
                  "'latch-failure' must be 'poweroff' or 'reboot'");
  }
}

// The first '=' ends the key: TCTI strings contain more of them.
void BlanksDoNotMatter() {
  for (const char *text : {"tcti=a:b=c", " tcti = a:b=c ", "\ttcti\t=\ta:b=c\t\n", "tcti=a:b=c\r\n",
                           "\n\n  tcti  =a:b=c\n\n"}) {
    ExpectText(Parse(text).tcti.value(), "a:b=c");
  }
  ExpectText(Parse("tcti = a b").tcti.value(), "a b");
}

void TheLastLineNeedsNoNewline() {
  assert_int_equal(Parse("tpm-timeout = 7").tpm_timeout.count(), 7);
  assert_int_equal(Parse("tpm-timeout = 7\n").tpm_timeout.count(), 7);
}

void FileAndLineAreNamed() {
  ExpectRefused("nonsense", "/etc/example.conf, line 1: expected 'key = value'");
  ExpectRefused("# one\n\ntcti = x\r\nnonsense\n", "/etc/example.conf, line 4: ");
  ExpectRefused("tcti = x\nunknown = 1\ntpm-timeout = 1", "line 2: unknown key 'unknown'");
}

void UnknownKeysAreRefused() {
  for (const char *text : {"TCTI = x", "tpm_timeout = 1", "tcti2 = x", "tct = x", "= x", " = ",
                           "ek-names = x", "[section] = x"}) {
    ExpectRefused(text, "unknown key '");
  }
}

// Of two values, one would be silently ignored; even of two equal ones.
void AKeyGivenTwiceIsRefused() {
  ExpectRefused("tcti = x\ntcti = x\n", "line 2: 'tcti' is given twice");
  ExpectRefused("tpm-timeout = 1\n#\ntcti = x\ntpm-timeout = 2", "line 4: 'tpm-timeout' is given");
}

void AnEmptyTctiIsRefused() {
  ExpectRefused("tcti =", "line 1: 'tcti' is empty");
  ExpectRefused("tcti = \t\n", "line 1: 'tcti' is empty");
}

void TheTimeLimitHasARange() {
  assert_int_equal(Parse("tpm-timeout = 1").tpm_timeout.count(), 1);
  assert_int_equal(Parse("tpm-timeout = 3600").tpm_timeout.count(), 3600);
  // 4294967297 is 1 to whom it wraps around.
  for (const char *value :
       {"", "0", "3601", "-1", "+1", "1.5", "1s", "0x10", "1 2", "4294967297"}) {
    ExpectRefused(std::string("tpm-timeout = ") + value,
                  "line 1: 'tpm-timeout' must be a number of seconds from 1 to 3600");
  }
}

void TheFloorOfArgon2HasARange() {
  assert_int_equal(Parse("").argon2_floor_kib, 65536);
  assert_int_equal(Parse("argon2-floor-kib = 16384").argon2_floor_kib, 16384);
  assert_int_equal(Parse("argon2-floor-kib = 4194304").argon2_floor_kib, 4194304);
  for (const char *value : {"", "0", "8", "16383", "4194305", "64M", "4295032832"}) {
    ExpectRefused(std::string("argon2-floor-kib = ") + value,
                  "line 1: 'argon2-floor-kib' must be a number of KiB from 16384 to 4194304");
  }
}

// 0 is not to wait at all.
void TheWaitForTheDeviceHasARange() {
  assert_int_equal(Parse("").device_timeout.count(), 10);
  assert_int_equal(Parse("device-timeout = 0").device_timeout.count(), 0);
  assert_int_equal(Parse("device-timeout = 3600").device_timeout.count(), 3600);
  for (const char *value : {"", "3601", "-1", "1s", "4294967297"}) {
    ExpectRefused(std::string("device-timeout = ") + value,
                  "line 1: 'device-timeout' must be a number of seconds from 0 to 3600");
  }
}

// The shortest Name that a key can have is that of SHA-1: 2 and 20 bytes.
void TheNameIsHexOfANamesLength() {
  assert_int_equal(Parse("ek-name = " + std::string(44, 'a')).ek_name.value().size(), 22);
  const std::string odd = kName + "5";
  const std::string spaced = "000b " + kName;
  const std::string prefixed = "0x" + kName;
  for (const std::string &value : {std::string(), std::string("000b"), std::string(42, 'a'), odd,
                                   spaced, prefixed, std::string(68, 'g')}) {
    ExpectRefused("ek-name = " + value, "line 1: 'ek-name' must be a TPM Name in hex");
  }
}

// Only what a reset alone clears can be a latch, and what firmware has extended would be closed
// before any volume is opened.
void TheLatchIsAPcrThatOnlyAResetClears() {
  for (const char *pcr : {"8", "9", "14", "15"}) {
    ExpectText(std::to_string(Parse(std::string("latch-pcr = ") + pcr).latch_pcr), pcr);
  }
  for (const char *value :
       {"", "0", "7", "16", "17", "22", "23", "24", "-8", "0x8", "4294967304"}) {
    ExpectRefused(std::string("latch-pcr = ") + value,
                  "line 1: 'latch-pcr' must be a PCR from 8 to 15: ");
  }
}

// Everything before the mistake was good; nothing of it may be taken all the same.
void AMistakeAnywhereSpoilsTheWhole() {
  const std::string good = "tcti = x\ntpm-timeout = 5\n";
  ExpectText(Parse(good).tcti.value(), "x");
  ExpectRefused(good + "ek-name = nothex\n", "line 3: ");
  ExpectRefused("?\n" + good, "line 1: ");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(NothingGivesTheDefaults),
      UNIT_TEST(EverySettingIsRead),
      UNIT_TEST(TheLatchCanBeRequired),
      UNIT_TEST(BlanksDoNotMatter),
      UNIT_TEST(TheLastLineNeedsNoNewline),
      UNIT_TEST(FileAndLineAreNamed),
      UNIT_TEST(UnknownKeysAreRefused),
      UNIT_TEST(AKeyGivenTwiceIsRefused),
      UNIT_TEST(AnEmptyTctiIsRefused),
      UNIT_TEST(TheTimeLimitHasARange),
      UNIT_TEST(TheLatchIsAPcrThatOnlyAResetClears),
      UNIT_TEST(TheWaitForTheDeviceHasARange),
      UNIT_TEST(TheFloorOfArgon2HasARange),
      UNIT_TEST(TheNameIsHexOfANamesLength),
      UNIT_TEST(AMistakeAnywhereSpoilsTheWhole),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
