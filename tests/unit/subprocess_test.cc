// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that another program is run as promised: its words whole, no environment of ours, and an
// end in any case.
#include "token/initramfs/subprocess.h"

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;
using std::chrono::seconds;

void TheOutputOfAProgramComesWhole() {
  ExpectText(OutputOf({"/bin/echo", "a b", "c"}, seconds(60)), "a b c\n");
  ExpectText(OutputOf({"/bin/sh", "-c", "echo out; echo err >&2; exit 3"}, seconds(60)), "out\n");
  assert_int_equal(OutputOf({"/usr/bin/head", "-c", "3000000", "/dev/zero"}, seconds(60)).size(),
                   3000000);
  ExpectText(OutputOf({"/bin/cat"}, seconds(60)), "");
}

void AProgramHasItsOwnEnvironment() {
  setenv("OF_THE_CALLER", "1", 1);
  ExpectText(OutputOf({"/usr/bin/env"}, seconds(60)),
             "PATH=/usr/sbin:/usr/bin:/sbin:/bin\nLC_ALL=C\n");
}

// With what it has started itself, which holds the pipe.
void AProgramThatDoesNotEndIsKilled() {
  const auto start = std::chrono::steady_clock::now();
  ExpectError(
      Reason::kBusy,
      [] {
        (void)OutputOf({"/bin/sh", "-c", "sleep 600 & sleep 600"}, seconds(1));
      },
      "does not end");
  Expect(std::chrono::steady_clock::now() - start < seconds(300), "in time");
  ExpectError(
      Reason::kBusy,
      [] {
        (void)OutputOf({"/bin/cat", "/dev/zero"}, seconds(60));
      },
      "does not end");
}

void ProgramsAreFoundInTheSystemsFolders() {
  Expect(FindProgram("env").has_value(), "env");
  Expect(!FindProgram("no-such-program"), "no such");
  ExpectError(
      Reason::kNotSupported, [] { (void)OutputOf({"/no/such/program"}, seconds(60)); },
      "cannot be started");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(TheOutputOfAProgramComesWhole),
      UNIT_TEST(AProgramHasItsOwnEnvironment),
      UNIT_TEST(AProgramThatDoesNotEndIsKilled),
      UNIT_TEST(ProgramsAreFoundInTheSystemsFolders),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
