// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows how the kernel command line is taken apart, and what on it switches the plugin off.
#include "token/host/kernel_command_line.h"

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

// "name" or "name=[value]", joined by '|'.
std::string Words(std::string_view text) {
  std::string words;
  for (const KernelParameter &parameter : ParseKernelCommandLine(text)) {
    if (!words.empty()) words += '|';
    words += parameter.name;
    if (parameter.value) words += "=[" + *parameter.value + "]";
  }
  return words;
}

void WordsAreSeparatedByBlanks() {
  ExpectText(Words(""), "");
  ExpectText(Words(" \n\t "), "");
  ExpectText(Words("quiet root=UUID=1  ro\n"), "quiet|root=[UUID=1]|ro");
  ExpectText(Words("a= =b ="), "a=[]|=[b]|=[]");
}

void QuotesKeepBlanksTogether() {
  ExpectText(Words("a=\"b c\" \"d=e f\" g\"h i\"j"), "a=[b c]|d=[e f]|gh ij");
  ExpectText(Words("a=\"\" \"\""), "a=[]|");
  ExpectText(Words("a=\"b c"), "a=[b c]");
}

void ZeroSwitchesOff() {
  for (const char *text : {"rd.luks.tpm2-sealed=0", "x rd.luks.tpm2-sealed=no y",
                           "rd.luks.tpm2-sealed=off", "rd.luks.tpm2-sealed=1 rd.luks.tpm2-sealed=0",
                           "\"rd.luks.tpm2-sealed=0\""}) {
    Expect(ReadKernelSwitches(text).off, text);
  }
  for (const char *text :
       {"", "rd.luks.tpm2-sealed", "rd.luks.tpm2-sealed=", "rd.luks.tpm2-sealed=1",
        "rd.luks.tpm2-sealed=00", "xrd.luks.tpm2-sealed=0", "rd.luks.tpm2-sealed.timeout=0",
        "rd.luks=0", "a=\"b rd.luks.tpm2-sealed=0\"", "rd.luks.tpm2-sealed=0 rd.luks.tpm2-sealed=1",
        "rd.luks.tpm2_sealed=0"}) {
    Expect(!ReadKernelSwitches(text).off, text);
  }
}

void TheTimeoutIsANumber() {
  const auto timeout = [](const char *text) {
    return ReadKernelSwitches(text).timeout.value_or(std::chrono::seconds(-1)).count();
  };
  assert_int_equal(timeout("rd.luks.tpm2-sealed.timeout=0"), 0);
  assert_int_equal(timeout("rd.luks.tpm2-sealed.timeout=3600"), 3600);
  assert_int_equal(timeout("rd.luks.tpm2-sealed.timeout=3 rd.luks.tpm2-sealed.timeout=4"), 4);
  for (const char *value : {"", "3601", "-1", "1s", "x", "4294967297"}) {
    assert_int_equal(timeout((std::string("rd.luks.tpm2-sealed.timeout=") + value).c_str()), -1);
  }
  assert_int_equal(timeout("rd.luks.tpm2-sealed=3"), -1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(WordsAreSeparatedByBlanks),
      UNIT_TEST(QuotesKeepBlanksTogether),
      UNIT_TEST(ZeroSwitchesOff),
      UNIT_TEST(TheTimeoutIsANumber),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
