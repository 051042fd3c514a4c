// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows how a changed PCR is told to the user. Opening a token needs a TPM and is left to the
// integration tests.
#include "lib/action/unlock.h"

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

constexpr const char *kCreated = "2026-11-22T10:00:00Z";

std::string Describe(const std::vector<std::uint32_t> &pcrs,
                     const std::string &created = kCreated) {
  std::vector<ChangedPcr> changed;
  for (const std::uint32_t pcr : pcrs) changed.push_back({.pcr = pcr, .sealed = {}, .now = {}});
  return DescribeChange(changed, created);
}

void OnePcrIsNamed() {
  ExpectText(Describe({7}),
             "PCR 7 (Secure Boot policy) changed since this token was sealed on 2026-11-22");
}

void SeveralPcrsAreAList() {
  ExpectText(
      Describe({0, 7}),
      "PCRs 0 (firmware code) and 7 (Secure Boot policy) changed since this token was sealed "
      "on 2026-11-22");
  ExpectText(Describe({0, 2, 7}),
             "PCRs 0 (firmware code), 2 (option ROM code) and 7 (Secure Boot policy) changed since "
             "this token was sealed on 2026-11-22");
}

// The header's text, whatever it is, neither ends the program nor brings more than a day.
void AnyDateIsTaken() {
  ExpectText(Describe({7}, "2026"),
             "PCR 7 (Secure Boot policy) changed since this token was sealed on 2026");
  const std::string text = Describe({7}, std::string(256, 'x'));
  Expect(text.ends_with("sealed on " + std::string(10, 'x')), text);
}

// The values stay out of it: they are of no use to who reads it.
void ValuesAreNotShown() {
  const std::vector<ChangedPcr> changed = {
      {.pcr = 7, .sealed = Bytes(32, 0xaa), .now = Bytes(32, 0xbb)}};
  ExpectText(DescribeChange(changed, kCreated), Describe({7}));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(OnePcrIsNamed),
      UNIT_TEST(SeveralPcrsAreAList),
      UNIT_TEST(AnyDateIsTaken),
      UNIT_TEST(ValuesAreNotShown),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
