// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows the commands that a message names: they keep what the token had, and nothing of a forged
// header makes them weaker or leads a shell astray.
#include "lib/sealed/recipe.h"

#include "lib/sealed/demands.h"
#include "tests/unit/sample_record.h"
#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

TokenRecord RecordOf(std::string_view pcrs) {
  TokenRecord record;
  const PcrSelection selection = PcrSelection::Parse(pcrs, "sha256");
  TokenRecord::Pcrs values{.bank = selection.bank, .values = {}};
  for (const std::uint32_t pcr : selection.Numbers()) {
    values.values[pcr] = Bytes(selection.bank == "sha384" ? 48 : 32, 7);
  }
  record.pcrs = values;
  return record;
}

void TheDefaultNeedsNoOptions() { ExpectText(EnrollOptions(RecordOf("7")), ""); }

void EverythingThatTheTokenHadIsNamed() {
  TokenRecord record = RecordOf("0+7");
  record.pcrs->values[15] = Bytes(32, 0);
  record.latch = 15;
  record.pin = TokenRecord::Pin{};
  record.label = "the office's laptop";
  ExpectText(EnrollOptions(record),
             " --pcrs sha256:0+7 --latch --pin --label 'the office'\\''s laptop'");
  ExpectText(ReplaceRecipe(record, TokenPlace{"/dev/sda2", "", 3}),
             "if the change is yours, run `cryptsetup-tpm2 enroll /dev/sda2 --pcrs sha256:0+7 "
             "--latch --pin --label 'the office'\\''s laptop'`, then `cryptsetup-tpm2 remove "
             "/dev/sda2 --token 3`");
  ExpectText(EnrollOptions(RecordOf("sha384:7")), " --pcrs sha384:7");
}

void ADeviceWithAnOddNameIsQuoted() {
  const TokenRecord record = RecordOf("7");
  ExpectContains(ReplaceRecipe(record, TokenPlace{"my disk", "h d", 0}),
                 "enroll 'my disk' --header 'h d'`");
  ExpectContains(ReplaceRecipe(record, TokenPlace{"-disk", "", 0}), "enroll ./-disk`");
  ExpectContains(ReplaceRecipe(record, TokenPlace{"a;b", "", 0}), "enroll 'a;b'`");
  ExpectContains(ReplaceRecipe(record, std::nullopt), "enroll DEVICE`");
}

// Whoever can write the header must not choose what the admin pastes.
void AForgedHeaderDoesNotChooseLess() {
  for (const char *pcrs : {"16", "0+4", "11"}) {
    const TokenRecord record = RecordOf(pcrs);
    ExpectText(EnrollOptions(record), "");
    ExpectContains(EnrollCommand(record, std::nullopt), std::string("sha256:") + pcrs);
  }
  TokenRecord weak = RecordOf("7");
  weak.pcrs->bank = "sha1";
  ExpectText(EnrollOptions(weak), "");
  TokenRecord none;
  ExpectText(EnrollOptions(none), "");
  ExpectContains(EnrollCommand(none, std::nullopt), "no PCRs");
  TokenRecord label = RecordOf("7");
  label.label = "x\033[2J";
  ExpectText(EnrollOptions(label), "");
  label.label = "'; rm -rf / #";
  ExpectText(EnrollOptions(label), " --label ''\\''; rm -rf / #'");
}

void EnrollAgainBecomesTheCommand() {
  const TokenPlace place{"/dev/sda2", "", 0};
  ExpectText(
      WithEnrollCommand("use another passphrase, then enroll again", RecordOf("0+7"), place),
      "use another passphrase, then run `cryptsetup-tpm2 enroll /dev/sda2 --pcrs sha256:0+7`");
  ExpectText(WithEnrollCommand("try again", RecordOf("0+7"), place), "try again");
}

void WhatOneTokenLacksIsNamed() {
  TokenRecord strong = RecordOf("4+7");
  strong.pcrs->values[15] = Bytes(32, 0);
  strong.latch = 15;
  strong.pin = TokenRecord::Pin{};
  const Demands all = Demands::Of(strong);
  ExpectText(WhatIsMissing(all, all), "");
  ExpectText(WhatIsMissing(Demands::Of(RecordOf("7")), all),
             "PCR 4 (boot loader and drivers), the latch and a PIN");
  ExpectText(WhatIsMissing(all, Demands::Of(RecordOf("7"))), "");
  ExpectText(WhatIsMissing(Demands::Of(RecordOf("7")), Demands::Of(RecordOf("sha384:7"))),
             "values of the sha384 bank");
  // A latch that is not zero is none, and a PCR that was never extended demands nothing.
  TokenRecord closed = strong;
  closed.pcrs->values[15] = Bytes(32, 7);
  ExpectText(WhatIsMissing(Demands::Of(closed), all), "the latch");
  TokenRecord unextended = strong;
  unextended.pcrs->values[4] = Bytes(32, 0);
  ExpectText(WhatIsMissing(Demands::Of(unextended), all), "PCR 4 (boot loader and drivers)");
  ExpectText(WhatIsMissing(Demands::Of(TokenRecord()), Demands::Of(RecordOf("7"))),
             "PCR 7 (Secure Boot policy)");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(TheDefaultNeedsNoOptions),     UNIT_TEST(EverythingThatTheTokenHadIsNamed),
      UNIT_TEST(ADeviceWithAnOddNameIsQuoted), UNIT_TEST(AForgedHeaderDoesNotChooseLess),
      UNIT_TEST(EnrollAgainBecomesTheCommand), UNIT_TEST(WhatOneTokenLacksIsNamed),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
