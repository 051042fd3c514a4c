// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows how the command line is read, and that what is not understood is refused instead of
// ignored: an option overlooked could seal to less than was asked for.
#include "token/command/options.h"

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

int RunNothing(const Options &) { return 0; }

// Actions of the test, so that it does not depend on what the command can do.
const std::vector<ActionSpec> kActions = {
    {"add",
     "DEVICE",
     1,
     1,
     "help for add",
     {"pcrs", "pcr-values", "no-pcrs", "key-file", "key-slot", "latch"},
     RunNothing},
    {"print", "", 0, 0, "help for print", {"pcrs", "label"}, RunNothing},
    {"copy", "FROM [TO]", 1, 2, "help for copy", {}, RunNothing},
};

Options Parse(const std::vector<std::string> &arguments) {
  return Options::Parse(kActions, arguments);
}

void ExpectRefused(const std::vector<std::string> &arguments, std::string_view part,
                   Where where = Where::Here()) {
  ExpectError(
      Reason::kNotSupported, [&] { (void)Parse(arguments); }, part, where);
}

void TheActionIsTheFirstOperand() {
  ExpectText(Parse({"add", "disk"}).action().name, "add");
  ExpectText(Parse({"print"}).action().name, "print");
  Expect(Parse({"print"}).action().run == RunNothing, "it is the action given");
  ExpectRefused({}, "no action is given");
  ExpectRefused({"--json"}, "no action is given");
  ExpectText(Parse({"--json", "-d", "secret", "add", "disk"}).action().name, "add");
  ExpectText(Parse({"--", "print"}).action().name, "print");
  // An option that the action does not take is refused where it stands before the action, too.
  ExpectRefused({"--label", "x", "add", "disk"}, "'add' does not take --label");
  for (const char *name : {"", "ad", "addd", "Add", "disk"}) {
    ExpectRefused({name, "add"}, std::string("there is no action '") + name + "'");
  }
}

void ArgumentsFollowInEveryForm() {
  const std::vector<std::vector<std::string>> lines = {
      {"add", "disk", "--key-file=secret"}, {"add", "disk", "--key-file", "secret"},
      {"add", "disk", "-d", "secret"},      {"add", "disk", "-dsecret"},
      {"add", "-d", "secret", "disk"},      {"add", "--key-file", "secret", "--", "disk"},
  };
  for (const auto &line : lines) {
    const Options options = Parse(line);
    ExpectText(options.Get("key-file").value_or("nothing"), "secret");
    Expect(options.operands() == std::vector<std::string>{"disk"}, line[1] + ": the operand");
  }
}

// Whatever it looks like, the argument is the argument.
void AnArgumentIsTakenAsItIs() {
  const auto label = [](const std::vector<std::string> &more) {
    std::vector<std::string> line = {"print"};
    line.insert(line.end(), more.begin(), more.end());
    return Parse(line).Get("label").value_or("nothing");
  };
  ExpectText(label({"--label="}), "");
  ExpectText(label({"--label", ""}), "");
  ExpectText(label({"--label=a=b"}), "a=b");
  ExpectText(label({"--label", "-x"}), "-x");
  ExpectText(label({"--label", "--"}), "--");
  ExpectText(label({"--label=--json"}), "--json");
  ExpectText(Parse({"add", "disk", "-d", "-"}).Get("key-file").value_or("nothing"), "-");
  ExpectText(Parse({"add", "disk", "-d="}).Get("key-file").value_or("nothing"), "=");
}

// Only in the same word: the next one is an operand.
void AnOptionalArgumentFollowsItsEqualsSign() {
  const Options without = Parse({"add", "--latch", "14"});
  Expect(without.Has("latch"), "it is there");
  ExpectText(without.Get("latch").value_or("nothing"), "");
  Expect(without.operands() == std::vector<std::string>{"14"}, "the operand");
  ExpectText(Parse({"add", "disk", "--latch=14"}).Get("latch").value_or("nothing"), "14");
  ExpectText(Parse({"add", "disk", "--latch"}).Get("latch").value_or("nothing"), "");
  ExpectRefused({"add", "disk", "--latch="}, "--latch= names nothing");
  ExpectContains(HelpText(kActions), "--latch[=PCR]  ");
}

void FlagsHaveNoValue() {
  const Options options = Parse({"add", "--no-pcrs", "disk", "-q"});
  Expect(options.Has("no-pcrs") && options.Has("quiet"), "both are given");
  Expect(!options.Has("json") && !options.Has("pcrs"), "these are not");
  Expect(!options.Get("json") && !options.Get("pcrs"), "nor have they a value");
  Expect(options.GetAll("pcr-values").empty(), "nor several");
}

void EveryActionTakesTheCommonOptions() {
  const Options options =
      Parse({"copy", "a", "--tcti=t", "--trace=f", "--json", "--quiet", "--debug"});
  for (const char *name : {"tcti", "trace", "json", "quiet", "debug"}) {
    Expect(options.Has(name), name);
  }
  ExpectText(Parse({"copy", "a", "-T", "t"}).Get("tcti").value_or("nothing"), "t");
}

void AfterTwoDashesAllAreOperands() {
  const Options options = Parse({"copy", "--json", "--", "--json", "-q"});
  Expect(options.operands() == std::vector<std::string>{"--json", "-q"}, "both");
  Expect(options.Has("json") && !options.Has("quiet"), "only what stood before is an option");
  // A second pair of dashes is an operand.
  Expect(Parse({"copy", "--", "--"}).operands() == std::vector<std::string>{"--"}, "--");
  // So is one dash, everywhere: standard input.
  Expect(Parse({"copy", "-"}).operands() == std::vector<std::string>{"-"}, "-");
}

void UnknownOptionsAreRefused() {
  for (const char *option : {"--frobnicate", "--frobnicate=1", "--pcr", "--pcrss", "--PCRS", "-x",
                             "--=x", "--d", "---json", "-json", "--no-pcrs-"}) {
    ExpectRefused({"add", "disk", option, "value"},
                  std::string("there is no option '") + option + "'");
  }
}

void AnotherActionsOptionsAreRefused() {
  ExpectRefused({"print", "--key-file=f"}, "'print' does not take --key-file");
  ExpectRefused({"copy", "a", "--pcrs", "7"}, "'copy' does not take --pcrs");
  ExpectRefused({"copy", "a", "-d", "f"}, "'copy' does not take --key-file");
  ExpectRefused({"print", "--force"}, "'print' does not take --force");
}

// Two different ones could not both be meant; two equal ones are a slip of whoever wrote the
// script.
void NoOptionIsTakenTwice() {
  ExpectRefused({"add", "disk", "--pcrs=7", "--pcrs=0"}, "--pcrs is given twice");
  ExpectRefused({"add", "disk", "--pcrs=", "--pcrs=0"}, "--pcrs is given twice");
  ExpectRefused({"add", "disk", "-d", "f", "--key-file", "f"}, "--key-file is given twice");
  ExpectRefused({"add", "disk", "--json", "--json"}, "--json is given twice");
  ExpectRefused({"add", "disk", "-q", "--quiet"}, "--quiet is given twice");
}

void PcrValuesMayBeRepeated() {
  const Options options =
      Parse({"add", "--pcr-values=7=aa", "disk", "--pcr-values", "0=bb", "--pcr-values=7=aa"});
  Expect(options.GetAll("pcr-values") == std::vector<std::string>{"7=aa", "0=bb", "7=aa"},
         "all of them, in their order");
  ExpectText(options.Get("pcr-values").value_or("nothing"), "7=aa");
}

void ArgumentsAreNeitherMissedNorThrownAway() {
  ExpectRefused({"add", "disk", "--pcrs"}, "--pcrs needs its argument LIST");
  ExpectRefused({"add", "disk", "-d"}, "--key-file needs its argument FILE");
  ExpectRefused({"add", "disk", "--no-pcrs=1"}, "--no-pcrs takes no argument");
  ExpectRefused({"add", "disk", "--json="}, "--json takes no argument");
  // No bundles: -qd would be easy to misread where -d takes a file.
  ExpectRefused({"add", "disk", "-qd", "f"}, "--quiet takes no argument");
}

void OperandsAreCounted() {
  ExpectRefused({"add"}, "usage: cryptsetup-tpm2 add [OPTIONS] DEVICE");
  ExpectRefused({"add", "a", "b"}, "usage: cryptsetup-tpm2 add [OPTIONS] DEVICE");
  ExpectRefused({"print", "a"}, "usage: cryptsetup-tpm2 print [OPTIONS]");
  ExpectRefused({"copy"}, "usage: cryptsetup-tpm2 copy [OPTIONS] FROM [TO]");
  ExpectRefused({"copy", "a", "b", "--", "-c"}, "usage: cryptsetup-tpm2 copy");
  assert_int_equal(Parse({"copy", "a"}).operands().size(), 1);
  assert_int_equal(Parse({"copy", "a", "b"}).operands().size(), 2);
}

void NumbersAreDecimalAndInRange() {
  const auto slot = [](const char *text) {
    return Parse({"add", "disk", "-S", text}).GetNumber("key-slot", 31);
  };
  Expect(slot("0") == 0, "0");
  Expect(slot("31") == 31, "31");
  Expect(!Parse({"add", "disk"}).GetNumber("key-slot", 31), "not given");
  for (const char *text : {"", "32", "-1", "+1", " 1", "1 ", "0x1", "one", "1.0", "4294967297"}) {
    ExpectError(
        Reason::kNotSupported, [&] { (void)slot(text); },
        "--key-slot must be a number from 0 to 31");
  }
}

// The names are a contract: others script against them.
void TheHelpHasEveryActionAndOption() {
  const std::string help = HelpText(kActions);
  for (const ActionSpec &action : kActions) {
    ExpectContains(help, std::string("\n  ") + action.name + " " + action.operands);
    ExpectContains(help, action.help);
  }
  for (const char *option : {"--pcrs LIST",
                             "--bank BANK",
                             "--pcr-values N=HEX",
                             "--no-pcrs",
                             "--label TEXT",
                             "-d, --key-file FILE",
                             "-S, --key-slot N",
                             "--token N",
                             "--token-json FILE",
                             "--secret-file FILE",
                             "--new-secret-file FILE",
                             "--salt-key KEY",
                             "--parent KEY",
                             "--no-persist",
                             "--header FILE",
                             "--force",
                             "-T, --tcti CONF",
                             "--trace FILE",
                             "--json",
                             "-q, --quiet",
                             "--debug"}) {
    ExpectContains(help, std::string(option) + " ");
  }
  Expect(help.ends_with(".\n"), "it ends with its last line");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(TheActionIsTheFirstOperand),
      UNIT_TEST(ArgumentsFollowInEveryForm),
      UNIT_TEST(AnArgumentIsTakenAsItIs),
      UNIT_TEST(AnOptionalArgumentFollowsItsEqualsSign),
      UNIT_TEST(FlagsHaveNoValue),
      UNIT_TEST(EveryActionTakesTheCommonOptions),
      UNIT_TEST(AfterTwoDashesAllAreOperands),
      UNIT_TEST(UnknownOptionsAreRefused),
      UNIT_TEST(AnotherActionsOptionsAreRefused),
      UNIT_TEST(NoOptionIsTakenTwice),
      UNIT_TEST(PcrValuesMayBeRepeated),
      UNIT_TEST(ArgumentsAreNeitherMissedNorThrownAway),
      UNIT_TEST(OperandsAreCounted),
      UNIT_TEST(NumbersAreDecimalAndInRange),
      UNIT_TEST(TheHelpHasEveryActionAndOption),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
