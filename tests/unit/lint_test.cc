// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows which choices of PCRs are warned about, and by which ids: scripts know these.
#include "lib/tpm/policy/lint.h"

#include <algorithm>

#include "lib/base/crypto.h"
#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

// Values that somebody has extended, except those of `zero`.
PcrValues Values(std::string_view pcrs, const std::vector<std::uint32_t> &zero = {}) {
  const PcrSelection selection = PcrSelection::Parse(pcrs, "sha256");
  PcrValues values{.bank = selection.bank, .values = {}};
  for (const std::uint32_t pcr : selection.Numbers()) {
    const bool is_zero = std::ranges::find(zero, pcr) != zero.end();
    values.values[pcr] = Bytes(*DigestSize(selection.bank), is_zero ? 0 : 7);
  }
  return values;
}

std::string IdsOf(const std::vector<Warning> &warnings) {
  std::string ids;
  for (const Warning &warning : warnings) ids += (ids.empty() ? "" : " ") + warning.id;
  return ids;
}

// "id id …", all PCRs extended, on a machine that boots a unified kernel image.
std::string Ids(std::string_view pcrs) {
  return IdsOf(LintPcrs(Values(pcrs), std::nullopt, UnifiedKernel::kYes));
}

// The same on a machine that boots with GRUB: PCR 11 was never extended.
std::string GrubIds(std::string_view pcrs, const std::vector<std::uint32_t> &zero = {}) {
  return IdsOf(LintPcrs(Values(pcrs, zero), std::nullopt, UnifiedKernel::kNo));
}

// The message of the only warning.
std::string Message(std::string_view pcrs) {
  const std::vector<Warning> warnings = LintPcrs(Values(pcrs), std::nullopt, UnifiedKernel::kYes);
  Expect(warnings.size() == 1, std::string(pcrs) + " has one warning");
  return warnings.empty() ? std::string() : warnings[0].message;
}

void NoPcrsIsSaid() {
  const std::vector<Warning> warnings = LintPcrs(std::nullopt, std::nullopt, UnifiedKernel::kNo);
  assert_int_equal(warnings.size(), 1);
  ExpectText(warnings[0].id, "no-pcrs");
  ExpectContains(warnings[0].message, "whatever is booted");
}

// Nothing to say of these: a unified kernel image is measured with its initramfs and its kernel
// command line.
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
    const auto warnings = LintPcrs(Values(pcrs), std::nullopt, UnifiedKernel::kYes);
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
  ExpectText(Ids("8+9"), "volatile-pcr volatile-pcr");
  ExpectText(Ids("5+8+9+10+11+12+15"),
             "volatile-pcr volatile-pcr volatile-pcr volatile-pcr volatile-pcr volatile-pcr");
}

// The latch is meant to be extended, after the volume is open; another PCR than 15 may be earlier.
void TheLatchIsNotVolatile() {
  const auto ids = [](std::string_view pcrs, std::uint32_t latch) {
    return IdsOf(LintPcrs(Values(pcrs, {latch}), latch, UnifiedKernel::kYes));
  };
  ExpectText(ids("11+15", 15), "");
  ExpectText(ids("11", 15), "");
  ExpectText(ids("11+12", 12), "latch-pcr");
  ExpectText(ids("11+12", 15), "volatile-pcr");
  ExpectText(ids("7+15", 15), "initramfs-unprotected");
  // Nothing but the latch measures nothing of what is booted.
  ExpectText(ids("15", 15), "no-pcrs");
  const std::vector<Warning> none = LintPcrs(std::nullopt, 15, UnifiedKernel::kNo);
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

// Under GRUB PCR 4 has the boot loader and the kernel, and not the initramfs.
void Pcr4CoversTheInitramfsInAUnifiedKernelImageAlone() {
  ExpectText(GrubIds("4"), "initramfs-unprotected");
  ExpectText(GrubIds("4+7"), "initramfs-unprotected");
  ExpectText(GrubIds("4+8+9"), "volatile-pcr volatile-pcr");
  ExpectText(IdsOf(LintPcrs(Values("4"), std::nullopt, UnifiedKernel::kUnknown)), "");
}

// A PCR that nothing has extended silences no warning, and has one of its own.
void APcrThatWasNeverExtendedCoversNothing() {
  ExpectText(GrubIds("7+11", {11}), "unextended-pcr initramfs-unprotected");
  ExpectText(GrubIds("7+9", {9}), "unextended-pcr volatile-pcr initramfs-unprotected");
  ExpectText(GrubIds("7+12", {12}), "unextended-pcr volatile-pcr initramfs-unprotected");
  ExpectText(GrubIds("4", {4}), "unextended-pcr initramfs-unprotected");
  const auto warnings = LintPcrs(Values("7+12", {12}), std::nullopt, UnifiedKernel::kNo);
  ExpectContains(warnings[0].message, "PCR 12 (");
  ExpectContains(warnings[2].message, "or the kernel command line");
  // The dynamic root of trust is all ones on a machine without one.
  PcrValues drtm{.bank = "sha256", .values = {{11, Bytes(32, 7)}, {17, Bytes(32, 0xff)}}};
  ExpectText(IdsOf(LintPcrs(drtm, std::nullopt, UnifiedKernel::kYes)), "unextended-pcr");
}

// The stub extends PCRs 12 and 13 only for what is not part of the image.
void ZeroIsTheGoodValueBesideAUnifiedKernelImage() {
  for (const std::uint32_t pcr : {12u, 13u}) {
    const Bytes zero(32, 0);
    assert_true(ProtectsNothing(pcr, zero, UnifiedKernel::kNo));
    assert_false(ProtectsNothing(pcr, zero, UnifiedKernel::kYes));
    assert_false(ProtectsNothing(pcr, zero, UnifiedKernel::kUnknown));
    assert_true(ProtectsNothing(pcr, Bytes(32, 0xff), UnifiedKernel::kYes));
  }
  for (std::uint32_t pcr = 0; pcr < kPcrCount; ++pcr) {
    const bool measured = pcr <= 14 && pcr != 12 && pcr != 13;
    Expect(ProtectsNothing(pcr, Bytes(32, 0), UnifiedKernel::kYes) == measured,
           "zero in PCR " + std::to_string(pcr));
    Expect(!ProtectsNothing(pcr, Bytes(32, 7), UnifiedKernel::kNo),
           "an extended PCR " + std::to_string(pcr));
  }
}

// GRUB measures files into PCR 9, and what is typed in its menu into PCR 8.
void ACommandLineThatIsNotMeasuredIsSaid() {
  ExpectText(GrubIds("7+9"), "volatile-pcr command-line-unprotected");
  ExpectText(GrubIds("8+9"), "volatile-pcr volatile-pcr");
  ExpectText(GrubIds("9+12"), "volatile-pcr volatile-pcr");
}

void TheTpmIsAskedOnlyWhereItMatters() {
  const auto known = [](const PcrValues &values) { return UnifiedKernelFrom(values); };
  assert_true(known(Values("7")) == UnifiedKernel::kUnknown);
  assert_true(known(Values("4+11")) == UnifiedKernel::kYes);
  assert_true(known(Values("4+11", {11})) == UnifiedKernel::kNo);
  assert_true(known(Values("4")) == std::nullopt);
  assert_true(known(Values("7+12", {12})) == std::nullopt);
  assert_true(known(Values("7+12")) == UnifiedKernel::kUnknown);
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
      UNIT_TEST(Pcr4CoversTheInitramfsInAUnifiedKernelImageAlone),
      UNIT_TEST(APcrThatWasNeverExtendedCoversNothing),
      UNIT_TEST(ZeroIsTheGoodValueBesideAUnifiedKernelImage),
      UNIT_TEST(ACommandLineThatIsNotMeasuredIsSaid),
      UNIT_TEST(TheTpmIsAskedOnlyWhereItMatters),
      UNIT_TEST(AllThatAppliesIsSaid),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
