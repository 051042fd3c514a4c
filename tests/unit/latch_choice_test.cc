// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows which tokens are sealed to the latch, and that what contradicts it is refused.
#include "token/command/latch_choice.h"

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

const std::optional<std::string> kHoldsRoot = "it holds /";

Options Parse(std::vector<std::string> arguments) {
  static const std::vector<ActionSpec> actions = {
      {"enroll", "", 0, 0, "", {"latch", "no-latch", "bank", "no-pcrs"}, nullptr}};
  arguments.insert(arguments.begin(), "enroll");
  return Options::Parse(actions, arguments);
}

LatchChoice Choose(const std::vector<std::string> &arguments,
                   const std::optional<std::string> &in_initramfs = std::nullopt) {
  return ChooseLatch(Parse(arguments), 15, in_initramfs);
}

void TheDefaultFollowsTheVolume() {
  Expect(!Choose({}).pcr && !Choose({}).warning, "off for others, without a word");
  const LatchChoice root = Choose({}, kHoldsRoot);
  Expect(root.pcr == 15u, "on for what the initramfs opens");
  ExpectContains(root.note, "it holds /");
  Expect(!root.warning, "nothing to warn of");
  Expect(ChooseLatch(Parse({}), 14, kHoldsRoot).pcr == 14u, "the configuration's PCR");
}

void TheOptionsOverrule() {
  Expect(Choose({"--latch"}).pcr == 15u && Choose({"--latch"}).note.empty(), "--latch");
  Expect(Choose({"--latch=15"}).pcr == 15u && !Choose({"--latch=15"}).warning, "--latch=15");
  Expect(!Choose({"--no-latch"}).pcr && !Choose({"--no-latch"}).warning, "--no-latch");
  const LatchChoice other = Choose({"--latch=12"});
  Expect(other.pcr == 12u, "--latch=12");
  ExpectText(other.warning.value().id, "latch-differs");
}

void ARootVolumeWithoutTheLatchIsWarnedOf() {
  const LatchChoice choice = Choose({"--no-latch"}, kHoldsRoot);
  Expect(!choice.pcr, "off");
  ExpectText(choice.warning.value().id, "no-latch");
  ExpectContains(choice.warning.value().message, "another root volume");
}

void WhatCannotBeIsRefused() {
  ExpectError(
      Reason::kNotSupported, [] { (void)Choose({"--latch", "--no-latch"}); }, "does not go with");
  for (const char *pcr : {"--latch=7", "--latch=16", "--latch=23", "--latch=x", "--latch=24"}) {
    ExpectError(
        Reason::kNotSupported, [&] { (void)Choose({pcr}); }, "must be a PCR from 8 to 15");
  }
}

void TheRequestGetsTheBankOfItsPcrs() {
  SealRequest request;
  request.pcrs = PcrSelection::Parse("sha384:7", "sha256");
  SetLatch(request, Choose({"--latch"}), Parse({}));
  ExpectText(request.latch.value().bank, "sha384");
  assert_int_equal(request.latch.value().pcr, 15);
  SealRequest alone;
  SetLatch(alone, Choose({"--latch"}), Parse({}));
  ExpectText(alone.latch.value().bank, "sha256");
  SetLatch(alone, Choose({"--latch"}), Parse({"--bank=sha1"}));
  ExpectText(alone.latch.value().bank, "sha1");
  SealRequest none;
  SetLatch(none, Choose({}), Parse({}));
  Expect(!none.latch, "no latch");
}

void ThePcrIsEitherChosenOrTheLatch() {
  SealRequest chosen;
  chosen.pcrs = PcrSelection::Parse("7+15", "sha256");
  ExpectError(
      Reason::kNotSupported, [&] { SetLatch(chosen, Choose({"--latch"}), Parse({})); },
      "PCR 15 is chosen by --pcrs");
  SetLatch(chosen, Choose({"--latch=14"}), Parse({}));
  SealRequest valued;
  valued.pcrs = PcrSelection::Parse("7", "sha256");
  valued.expected_pcrs[15] = Bytes(32, 1);
  ExpectError(
      Reason::kNotSupported, [&] { SetLatch(valued, Choose({"--latch"}), Parse({})); },
      "a value is given for PCR 15");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(TheDefaultFollowsTheVolume),
      UNIT_TEST(TheOptionsOverrule),
      UNIT_TEST(ARootVolumeWithoutTheLatchIsWarnedOf),
      UNIT_TEST(WhatCannotBeIsRefused),
      UNIT_TEST(TheRequestGetsTheBankOfItsPcrs),
      UNIT_TEST(ThePcrIsEitherChosenOrTheLatch),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
