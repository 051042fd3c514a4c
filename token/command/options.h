// SPDX-License-Identifier: LGPL-2.1-or-later
// Options: the command line of cryptsetup-tpm2, parsed. Names and meanings are a contract.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tpm2_sealed {

// What an option is, for parsing, --help, and refusing it where it has no meaning.
struct OptionSpec {
  const char *name;      // without the dashes
  char letter;           // 0: none
  const char *argument;  // its argument's name; nullptr: takes none; "[=NAME]": only after '='
  const char *help;
};

struct ActionSpec;

// The arguments of one call. Each option is given at most once, except --pcr-values.
class Options {
 public:
  // Throws Error(kNotSupported) for an unknown action or option, an option that the action does not
  // take, and too many or too few operands. `arguments` do not include the program's name.
  static Options Parse(std::span<const ActionSpec> actions,
                       const std::vector<std::string> &arguments);

  const ActionSpec &action() const { return *action_; }
  const std::vector<std::string> &operands() const { return operands_; }
  bool Has(const char *name) const { return values_.contains(name); }
  // Returns nullopt if the option was not given, and an empty string if it was given without its
  // optional argument.
  std::optional<std::string> Get(const char *name) const;
  std::vector<std::string> GetAll(const char *name) const;
  // Returns a decimal number from 0 to `max`; nullopt if the option was not given. Throws
  // Error(kNotSupported) for anything else.
  std::optional<int> GetNumber(const char *name, int max) const;

 private:
  void Add(const std::string &name, std::string value);

  const ActionSpec *action_ = nullptr;
  std::vector<std::string> operands_;
  std::map<std::string, std::vector<std::string>> values_;
};

struct ActionSpec {
  const char *name;
  const char *operands;  // for --help: "DEVICE"
  int min_operands;
  int max_operands;
  const char *help;
  std::vector<const char *> options;  // besides those that all take
  int (*run)(const Options &options);
};

// Returns the text of --help.
std::string HelpText(std::span<const ActionSpec> actions);

}  // namespace tpm2_sealed
