// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/host/kernel_command_line.h"

#include "lib/base/config.h"
#include "lib/base/encoding.h"

namespace tpm2_sealed {
namespace {

constexpr std::string_view kSwitch = "rd.luks.tpm2-sealed";
constexpr std::string_view kTimeout = "rd.luks.tpm2-sealed.timeout";

KernelParameter ToParameter(const std::string &word) {
  const auto equals = word.find('=');
  if (equals == std::string::npos) return {.name = word, .value = std::nullopt};
  return {.name = word.substr(0, equals), .value = word.substr(equals + 1)};
}

}  // namespace

std::vector<KernelParameter> ParseKernelCommandLine(std::string_view text) {
  std::vector<KernelParameter> parameters;
  std::string word;
  bool started = false;
  bool quoted = false;
  const auto end_word = [&] {
    if (started) parameters.push_back(ToParameter(word));
    word.clear();
    started = false;
  };
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (c == '"') {
      quoted = !quoted;
      started = true;
    } else if (blank && !quoted) {
      end_word();
    } else {
      word += c;
      started = true;
    }
  }
  end_word();
  return parameters;
}

KernelSwitches ReadKernelSwitches(std::string_view text) {
  KernelSwitches switches;
  for (const KernelParameter &parameter : ParseKernelCommandLine(text)) {
    const std::string value = parameter.value.value_or("");
    if (parameter.name == kSwitch) {
      // dracut's getargbool accepts the same words.
      switches.off = value == "0" || value == "no" || value == "off";
    } else if (parameter.name == kTimeout) {
      const auto seconds = ParseDecimal(value, kMaxTimeoutSeconds);
      if (seconds) switches.timeout = std::chrono::seconds(*seconds);
    }
  }
  return switches;
}

}  // namespace tpm2_sealed
