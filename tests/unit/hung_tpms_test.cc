// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows for how long a TPM that did not answer in time is not asked again, and that others are.
#include "lib/tpm/link/hung_tpms.h"

#include "lib/tpm/link/transport.h"
#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

void AHungTpmIsRememberedForTenMinutes() {
  HungTpms hung;
  const HungTpms::Clock::time_point start{};
  Expect(!hung.Contains("a", start), "nothing is known at first");
  hung.Add("a", start);
  Expect(hung.Contains("a", start), "it is known at once");
  Expect(!hung.Contains("b", start), "another one is asked");
  Expect(hung.Contains("a", start + std::chrono::seconds(599)), "still");
  Expect(!hung.Contains("a", start + std::chrono::seconds(600)), "and then no more");
  hung.Add("a", start + std::chrono::seconds(600));
  Expect(hung.Contains("a", start + std::chrono::seconds(1199)), "from the last time on");
}

void AHungTpmIsRefusedAtOnce() {
  HungTpms::Here().Add("swtpm:path=/nowhere");
  std::string said;
  try {
    const Transport transport("swtpm:path=/nowhere", std::chrono::seconds(1), IfHung::kRefuse);
  } catch (const Error &error) {
    Expect(error.reason() == Reason::kNoTpm, "the reason");
    said = error.what();
  }
  ExpectText(said,
             "the TPM of the TCTI 'swtpm:path=/nowhere' did not answer in time, and is not asked "
             "again");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {UNIT_TEST(AHungTpmIsRememberedForTenMinutes),
                              UNIT_TEST(AHungTpmIsRefusedAtOnce)};
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
