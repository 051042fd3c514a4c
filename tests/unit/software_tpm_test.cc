// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows when an answer in a socket counts as whole: only when the TCTI reads it without waiting.
#include "lib/tpm/link/software_tpm.h"

#include <sys/socket.h>
#include <unistd.h>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

constexpr const char *kSwtpm = "swtpm:path=sock", *kMssim = "mssim:host=localhost,port=2321";

struct Row {
  std::size_t count;   // bytes that are there
  std::uint32_t size;  // what they say
  bool whole;
};

// What is said of the first bytes of an answer, and that they are still there.
void CheckRow(const char *tcti, std::size_t size_at, const Row &row) {
  int ends[2];
  Expect(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "a connection");
  std::vector<std::uint8_t> answer(row.count + size_at + 4, 0);
  for (std::size_t i = 0; i < 4; ++i) {
    answer[size_at + i] = static_cast<std::uint8_t>(row.size >> (8 * (3 - i)) & 0xff);
  }
  const ssize_t sent = ::send(ends[1], answer.data(), row.count, 0);
  const bool whole = HasWholeAnswer(ends[0], tcti);
  const ssize_t left = ::recv(ends[0], answer.data(), answer.size(), MSG_DONTWAIT);
  (void)::close(ends[1]);
  const bool whole_at_end = HasWholeAnswer(ends[0], tcti);
  (void)::close(ends[0]);
  const std::string what = std::string(tcti) + ": " + std::to_string(row.count) +
                           " bytes that say " + std::to_string(row.size);
  Expect(sent == static_cast<ssize_t>(row.count), what + ": sent");
  Expect(whole == row.whole, what + (row.whole ? " are whole" : " are not whole"));
  Expect(left == sent, what + ": nothing was taken out");
  Expect(whole_at_end, what + ": a connection that has ended brings no more");
}

// Its TCTI waits for a header of ten bytes, whatever size that says, and then for the rest.
void AWholeAnswerOfSwtpmIsKnown() {
  for (const Row &row :
       {Row{1, 10, false}, Row{5, 10, false}, Row{9, 10, false}, Row{10, 10, true},
        Row{10, 11, false}, Row{11, 11, true}, Row{3999, 4000, false}, Row{4000, 4000, true},
        Row{6, 0, false}, Row{6, 6, false}, Row{8, 8, false}, Row{9, 9, false}, Row{10, 9, true},
        Row{10, 0, true}, Row{6, 65537, false}, Row{9, ~0U, false}, Row{10, ~0U, true},
        Row{10, 65536, false}, Row{10, 65537, true}}) {
    CheckRow(kSwtpm, 2, row);
  }
}

// Its TCTI waits for the size alone, then for as many bytes and a status.
void AWholeAnswerOfMssimIsKnown() {
  for (const Row &row :
       {Row{1, 10, false}, Row{4, 10, false}, Row{17, 10, false}, Row{18, 10, true},
        Row{7, 0, false}, Row{8, 0, true}, Row{3, ~0U, false}, Row{4, ~0U, true}}) {
    CheckRow(kMssim, 0, row);
  }
}

void OtherTctisAreLeftAlone() { CheckRow("device:/dev/tpmrm0", 2, {1, 10, true}); }

}  // namespace

int main() {
  const CMUnitTest tests[] = {UNIT_TEST(AWholeAnswerOfSwtpmIsKnown),
                              UNIT_TEST(AWholeAnswerOfMssimIsKnown),
                              UNIT_TEST(OtherTctisAreLeftAlone)};
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
