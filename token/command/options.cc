// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/command/options.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "lib/base/encoding.h"
#include "lib/base/error.h"

namespace tpm2_sealed {
namespace {

constexpr std::array kOptions = {
    OptionSpec{"pcrs", 0, "LIST", "PCRs to seal to: 7, 0+7, sha256:0,7 (default 7)"},
    OptionSpec{"bank", 0, "BANK", "PCR bank (default sha256)"},
    OptionSpec{"pcr-values", 0, "N=HEX", "seal to this value of PCR N, not its present one"},
    OptionSpec{"no-pcrs", 0, nullptr, "seal to no PCR at all"},
    OptionSpec{"latch", 0, "[=PCR]", "unseal only in the initramfs (default for the root volume)"},
    OptionSpec{"no-latch", 0, nullptr, "unseal in the running system too"},
    OptionSpec{"label", 0, "TEXT", "a name for the token"},
    OptionSpec{"key-file", 'd', "FILE", "an existing passphrase; - is standard input"},
    OptionSpec{"key-slot", 'S', "N", "the keyslot to use"},
    OptionSpec{"token", 0, "N", "the token to use"},
    OptionSpec{"token-json", 0, "FILE", "take the token from a file instead of a device"},
    OptionSpec{"secret-file", 0, "FILE", "the secret to seal, 1 to 128 bytes"},
    OptionSpec{"new-secret-file", 0, "FILE", "also write the fresh secret to a new FILE"},
    OptionSpec{"pin", 0, nullptr, "ask for a PIN on the terminal"},
    OptionSpec{"pin-file", 0, "FILE", "the PIN, first line of FILE; - is standard input"},
    OptionSpec{"pin-fd", 0, "N", "the PIN, first line from descriptor N"},
    OptionSpec{"old-pin-file", 0, "FILE", "the present PIN, first line of FILE"},
    OptionSpec{"old-pin-fd", 0, "N", "the present PIN, first line from descriptor N"},
    OptionSpec{"pin-time", 0, "MS", "how long one guess takes this machine (default 1000)"},
    OptionSpec{"pin-memory", 0, "KIB", "how much memory one guess takes (default: what fits)"},
    OptionSpec{"set-lockout-auth", 0, "FILE", "give the TPM a random lockoutAuth, stored in FILE"},
    OptionSpec{"salt-key", 0, "KEY", "auto, ek-ecc-p256[-h], ek-rsa-2048[-h], srk or 0xHANDLE"},
    OptionSpec{"ek-ca", 0, "DIR", "verify the salt key's certificate up to the roots in DIR"},
    OptionSpec{"parent", 0, "KEY", "auto, srk-ecc-p256, srk-rsa-2048 or 0xHANDLE"},
    OptionSpec{"no-persist", 0, nullptr, "make no key persistent in the TPM"},
    OptionSpec{"initramfs", 0, "FILE", "check an initramfs instead of a device"},
    OptionSpec{"settings", 0, nullptr, "print the configuration of the latch, and ask no TPM"},
    OptionSpec{"header", 0, "FILE", "the detached LUKS2 header"},
    OptionSpec{"allow-plaintext", 0, nullptr, "permit plain sessions if the TPM cannot encrypt"},
    OptionSpec{"force", 0, nullptr,
               "override a refusal: equal token, unextended PCRs, weaker policy"},
    OptionSpec{"tcti", 'T', "CONF", "how to reach the TPM (default device:/dev/tpmrm0)"},
    OptionSpec{"trace", 0, "FILE", "write the TPM traffic to FILE, for Wireshark"},
    OptionSpec{"json", 0, nullptr, "print one JSON object on standard output"},
    OptionSpec{"quiet", 'q', nullptr, "print no reports and warnings"},
    OptionSpec{"debug", 0, nullptr, "print libcryptsetup's debug messages"},
};

constexpr std::array<std::string_view, 5> kForAll = {"tcti", "trace", "json", "quiet", "debug"};
constexpr std::string_view kRepeatable = "pcr-values";
constexpr const char *kHint = "see 'cryptsetup-tpm2 --help'";

[[noreturn]] void ThrowUsage(const std::string &problem) {
  throw Error(Reason::kNotSupported, problem, kHint);
}

const OptionSpec *FindOption(std::string_view name) {
  for (const OptionSpec &option : kOptions) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

const OptionSpec *FindOption(char letter) {
  for (const OptionSpec &option : kOptions) {
    if (letter != 0 && option.letter == letter) return &option;
  }
  return nullptr;
}

const ActionSpec &FindAction(std::span<const ActionSpec> actions, const std::string &name) {
  for (const ActionSpec &action : actions) {
    if (action.name == name) return action;
  }
  ThrowUsage("there is no action '" + name + "'");
}

bool Takes(const ActionSpec &action, std::string_view option) {
  return std::find(kForAll.begin(), kForAll.end(), option) != kForAll.end() ||
         std::ranges::any_of(action.options, [&](const char *o) { return option == o; });
}

std::string Column(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size() + 1), ' ');
  return text;
}

struct Given {
  const OptionSpec *option;
  std::string value;
};

bool IsOptional(const OptionSpec &option) {
  return option.argument != nullptr && option.argument[0] == '[';
}

// Splits "--name", "--name=value", "-x" or "-xvalue" into the option and, if it is in the same
// word, its argument.
std::pair<const OptionSpec *, std::optional<std::string>> SplitWord(std::string_view word) {
  const bool is_long = word[1] == '-';
  std::string_view name = word.substr(is_long ? 2 : 1);
  std::optional<std::string> value;
  if (const auto end = is_long ? name.find('=') : std::size_t{1}; end < name.size()) {
    value = name.substr(is_long ? end + 1 : end);
    name = name.substr(0, end);
  }
  const OptionSpec *option = is_long ? FindOption(name) : FindOption(name.front());
  if (option == nullptr) ThrowUsage("there is no option '" + std::string(word) + "'");
  if (option->argument == nullptr && value) {
    ThrowUsage(std::string("--") + option->name + " takes no argument");
  }
  // An empty variable in a script must not turn into the default.
  if (IsOptional(*option) && value == "") {
    ThrowUsage(std::string("--") + option->name + "= names nothing");
  }
  return {option, value};
}

}  // namespace

void Options::Add(const std::string &name, std::string value) {
  if (!Takes(*action_, name)) {
    ThrowUsage(std::string("'") + action_->name + "' does not take --" + name);
  }
  auto &values = values_[name];
  if (!values.empty() && kRepeatable != name) ThrowUsage("--" + name + " is given twice");
  values.push_back(std::move(value));
}

Options Options::Parse(std::span<const ActionSpec> actions,
                       const std::vector<std::string> &arguments) {
  Options options;
  std::vector<Given> given;
  bool only_operands = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    if (only_operands || word.size() < 2 || word[0] != '-') {
      options.operands_.emplace_back(word);
    } else if (word == "--") {
      only_operands = true;
    } else {
      auto [option, value] = SplitWord(word);
      if (option->argument != nullptr && !IsOptional(*option) && !value) {
        if (++i == arguments.size()) {
          ThrowUsage(std::string("--") + option->name + " needs its argument " + option->argument);
        }
        value = arguments[i];
      }
      given.push_back({option, value.value_or("")});
    }
  }
  if (options.operands_.empty()) ThrowUsage("no action is given");
  options.action_ = &FindAction(actions, options.operands_.front());
  options.operands_.erase(options.operands_.begin());
  for (Given &g : given) options.Add(g.option->name, std::move(g.value));
  const auto count = static_cast<int>(options.operands_.size());
  if (count < options.action_->min_operands || count > options.action_->max_operands) {
    const std::string operands = options.action_->operands;
    ThrowUsage(std::string("usage: cryptsetup-tpm2 ") + options.action_->name + " [OPTIONS]" +
               (operands.empty() ? "" : " ") + operands);
  }
  return options;
}

std::optional<std::string> Options::Get(const char *name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional(found->second.front());
}

std::vector<std::string> Options::GetAll(const char *name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

std::optional<int> Options::GetNumber(const char *name, int max) const {
  const auto text = Get(name);
  if (!text) return std::nullopt;
  const auto number = ParseDecimal(*text, static_cast<std::uint32_t>(max));
  if (!number) {
    ThrowUsage(std::string("--") + name + " must be a number from 0 to " + std::to_string(max));
  }
  return static_cast<int>(*number);
}

std::string HelpText(std::span<const ActionSpec> actions) {
  std::string text =
      "Usage: cryptsetup-tpm2 ACTION [OPTIONS] ...\n"
      "LUKS2 keyslots whose passphrase is sealed by the TPM and crosses the bus encrypted.\n"
      "The volume is then opened by 'cryptsetup open'.\n\nActions:\n";
  for (const ActionSpec &action : actions) {
    text +=
        "  " + Column(std::string(action.name) + " " + action.operands, 18) + action.help + "\n";
  }
  text += "\nOptions:\n";
  for (const OptionSpec &option : kOptions) {
    std::string left = option.letter != 0 ? std::string("-") + option.letter + ", " : "    ";
    left += std::string("--") + option.name;
    if (option.argument != nullptr) left += IsOptional(option) ? "" : " ";
    if (option.argument != nullptr) left += option.argument;
    text += "  " + Column(left, 30) + option.help + "\n";
  }
  return text + "\nSee cryptsetup-tpm2(8).\n";
}

}  // namespace tpm2_sealed
