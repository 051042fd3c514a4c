// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that every Reason has its row, and what libcryptsetup, the shell and scripts are told by
// it: a contract. Also that an Error says its sentence as promised.
#include "token/host/reason_table.h"

#include <set>

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

struct Told {
  const char *name;
  int exit_status;
};

// As cryptsetup-tpm2(8) has them. 1: usage or token. 2: not permitted. 3: memory. 4: device. 5:
// busy. 6: the TPM is missing, does not answer or is another. 7: lockout. Without a default, so
// that the compiler warns of a Reason that is missing here.
constexpr Told Expected(Reason reason) {
  switch (reason) {
    case Reason::kNoTpm:
      return {"no-tpm", 6};
    case Reason::kWrongTpm:
      return {"wrong-tpm", 6};
    case Reason::kBusy:
      return {"busy", 5};
    case Reason::kLockout:
      return {"lockout", 7};
    case Reason::kPolicyMismatch:
      return {"policy-mismatch", 2};
    case Reason::kWrongPin:
      return {"wrong-pin", 2};
    case Reason::kNeedPin:
      return {"need-pin", 2};
    case Reason::kDowngrade:
      return {"downgrade", 2};
    case Reason::kBadToken:
      return {"bad-token", 1};
    case Reason::kBadDevice:
      return {"bad-device", 4};
    case Reason::kBadPassphrase:
      return {"bad-passphrase", 2};
    case Reason::kNoMemory:
      return {"no-memory", 3};
    case Reason::kNotSupported:
      return {"not-supported", 1};
    case Reason::kInternal:
      return {"internal", 1};
  }
  return {"", -1};
}

// The Reasons are numbered from 0 without a gap, the last is kInternal.
constexpr int kReasonCount = static_cast<int>(Reason::kInternal) + 1;

void EveryReasonHasOneRow() {
  assert_int_equal(kReasonRows.size(), kReasonCount);
  for (int i = 0; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    int rows = 0;
    for (const ReasonRow &row : kReasonRows) rows += row.reason == reason ? 1 : 0;
    Expect(rows == 1, std::string(Expected(reason).name) + " has one row");
    Expect(RowOf(reason).reason == reason, std::string(Expected(reason).name) + " is found");
  }
}

void NamesAndExitStatusesAreTheContract() {
  std::set<std::string> names;
  for (int i = 0; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    const ReasonRow &row = RowOf(reason);
    ExpectText(row.name, Expected(reason).name);
    Expect(row.exit_status == Expected(reason).exit_status,
           std::string("exit status of ") + row.name);
    Expect(names.insert(row.name).second, std::string(row.name) + " is there once");
  }
  assert_int_equal(kExitOutOfMemory, 3);
}

// Any other errno ends libcryptsetup's search: a token of ours that cannot open would keep the next
// one, and the question for a passphrase, from its turn.
void LibcryptsetupGoesOnToTheNextToken() {
  for (const ReasonRow &row : kReasonRows) {
    const int code = row.token_errno;
    // Zero would be success: a failure must not be that.
    Expect(code == -ENOANO || code == -EAGAIN || code == -ENOENT,
           std::string("errno of ") + row.name);
    // ENOANO is the question for a PIN, and nothing else may raise it.
    const bool pin = row.reason == Reason::kWrongPin || row.reason == Reason::kNeedPin;
    Expect((code == -ENOANO) == pin, std::string("whether ") + row.name + " asks for a PIN");
  }
}

// A number that is no Reason must not be success.
void ANumberThatIsNoReasonIsInternal() {
  Expect(RowOf(static_cast<Reason>(kReasonCount)).reason == Reason::kInternal, "internal");
}

void AnErrorIsOneSentence() {
  const Error both(Reason::kBusy, "it is busy", "try again");
  ExpectText(both.Sentence(), "it is busy: try again");
  ExpectText(both.what(), "it is busy");
  ExpectText(both.hint(), "try again");
  Expect(both.reason() == Reason::kBusy, "the reason is kept");
  ExpectText(Error(Reason::kInternal, "it is broken").Sentence(), "it is broken");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(EveryReasonHasOneRow),
      UNIT_TEST(NamesAndExitStatusesAreTheContract),
      UNIT_TEST(LibcryptsetupGoesOnToTheNextToken),
      UNIT_TEST(ANumberThatIsNoReasonIsInternal),
      UNIT_TEST(AnErrorIsOneSentence),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
