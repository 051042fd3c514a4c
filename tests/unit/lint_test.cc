// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows which choices of PCRs are warned about, and by which ids: scripts know these.
#include "lib/lint.h"

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

// "id id …"
std::string Ids(std::string_view pcrs) {
  std::string ids;
  for (const Warning &warning : LintPcrs(PcrSelection::Parse(pcrs, "sha256"))) {
    ids += (ids.empty() ? "" : " ") + warning.id;
  }
  return ids;
}

// The message of the only warning.
std::string Message(std::string_view pcrs) {
  const std::vector<Warning> warnings = LintPcrs(PcrSelection::Parse(pcrs, "sha256"));
  Expect(warnings.size() == 1, std::string(pcrs) + " has one warning");
  return warnings.empty() ? std::string() : warnings[0].message;
}

void NoPcrsIsSaid() {
  const std::vector<Warning> warnings = LintPcrs(std::nullopt);
  assert_int_equal(warnings.size(), 1);
  ExpectText(warnings[0].id, "no-pcrs");
  ExpectContains(warnings[0].message, "whatever is booted");
}

// Nothing to say of these: the boot loader, or a unified kernel image, is measured with its
// initramfs.
void GoodChoicesAreSilent() {
  for (const char *pcrs : {"4", "11", "7+11", "0+7+11", "0+2+4+7", "4+7+14", "sha384:7+11"}) {
    ExpectText(Ids(pcrs), "");
  }
}

// 7 alone is the default: who boots something else that is signed, with an own initramfs, reads the
// key.
void WhatLeavesTheInitramfsOpenIsSaid() {
  for (const char *pcrs : {"7", "0", "0+1+2+3+6+7", "13", "14", "7+14"}) {
    ExpectText(Ids(pcrs), "initramfs-unprotected");
  }
  ExpectContains(Message("7"), "initramfs");
  ExpectContains(Message("7"), "/boot");
  // So does who edits the command line in the boot menu, unless that is measured.
  ExpectContains(Message("7"), "the initramfs or the kernel command line");
  ExpectContains(Message("7"), "init=/bin/sh");
  for (const char *pcrs : {"7+8", "7+12"}) {
    const auto warnings = LintPcrs(PcrSelection::Parse(pcrs, "sha256"), std::nullopt);
    assert_int_equal(warnings.size(), 2);
    ExpectText(warnings[1].id, "initramfs-unprotected");
    assert_true(warnings[1].message.find("command line") == std::string::npos);
  }
}

void VolatilePcrsAreSaid() {
  for (const char *pcr : {"5", "8", "10", "12", "15"}) {
    const std::string pcrs = std::string("11+") + pcr;
    ExpectText(Ids(pcrs), "volatile-pcr");
    ExpectContains(Message(pcrs), std::string("PCR ") + pcr + " (");
    ExpectContains(Message(pcrs), "is volatile: ");
  }
  // The files of the boot loader: they cover the initramfs, and change with it.
  ExpectText(Ids("9"), "volatile-pcr");
  ExpectText(Ids("5+8+9+10+11+12+15"),
             "volatile-pcr volatile-pcr volatile-pcr volatile-pcr volatile-pcr volatile-pcr");
}

// The latch is meant to be extended, after the volume is open; another PCR than 15 may be earlier.
void TheLatchIsNotVolatile() {
  const auto ids = [](std::string_view pcrs, std::uint32_t latch) {
    std::string text;
    for (const Warning &w : LintPcrs(PcrSelection::Parse(pcrs, "sha256"), latch)) text += w.id + " ";
    return text;
  };
  ExpectText(ids("11+15", 15), "");
  ExpectText(ids("11", 15), "");
  ExpectText(ids("11+12", 12), "latch-pcr ");
  ExpectText(ids("11+12", 15), "volatile-pcr ");
  ExpectText(ids("7+15", 15), "initramfs-unprotected ");
  // Nothing but the latch measures nothing of what is booted.
  ExpectText(ids("15", 15), "no-pcrs ");
  const std::vector<Warning> none = LintPcrs(std::nullopt, 15);
  assert_int_equal(none.size(), 1);
  ExpectContains(none[0].message, "no PCR but the latch");
}

void ResettablePcrsAreSaid() {
  for (const char *pcr : {"16", "23"}) {
    const std::string pcrs = std::string("11+") + pcr;
    ExpectText(Ids(pcrs), "resettable-pcr");
    ExpectContains(Message(pcrs), std::string("PCR ") + pcr + " (");
  }
  ExpectText(Ids("11+16+23"), "resettable-pcr resettable-pcr");
}

void TheWeakBankIsSaid() {
  ExpectText(Ids("sha1:11"), "weak-bank");
  ExpectContains(Message("sha1:11"), "sha1");
  for (const char *bank : {"sha256", "sha384", "sha512", "sm3_256"}) {
    ExpectText(Ids(std::string(bank) + ":11"), "");
  }
}

void AllThatAppliesIsSaid() {
  ExpectText(Ids("sha1:5+23"), "volatile-pcr resettable-pcr weak-bank initramfs-unprotected");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(NoPcrsIsSaid),
      UNIT_TEST(GoodChoicesAreSilent),
      UNIT_TEST(WhatLeavesTheInitramfsOpenIsSaid),
      UNIT_TEST(VolatilePcrsAreSaid),
      UNIT_TEST(TheLatchIsNotVolatile),
      UNIT_TEST(ResettablePcrsAreSaid),
      UNIT_TEST(TheWeakBankIsSaid),
      UNIT_TEST(AllThatAppliesIsSaid),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
