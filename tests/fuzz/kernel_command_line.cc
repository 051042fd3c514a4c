// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzz target: the kernel command line, which anybody at the boot menu may have typed. Nothing in
// it is an error; its words, written down again, are the same words.
#include "token/host/kernel_command_line.h"
#include "lib/base/config.h"
#include "tests/fuzz/property.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::fuzz;

// Words have no quotes in them, so every one can stand in quotes.
std::string Written(const std::vector<KernelParameter> &parameters) {
  std::string text;
  for (const KernelParameter &parameter : parameters) {
    text += "\"" + parameter.name + (parameter.value ? "=" + *parameter.value : "") + "\" ";
  }
  return text;
}

bool Same(const std::vector<KernelParameter> &one, const std::vector<KernelParameter> &other) {
  if (one.size() != other.size()) return false;
  for (std::size_t i = 0; i < one.size(); ++i) {
    if (one[i].name != other[i].name || one[i].value != other[i].value) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string_view text = TextOf({data, size});
  const auto parameters = ParseKernelCommandLine(text);
  for (const KernelParameter &parameter : parameters) {
    Hold(parameter.name.find_first_of("\"=") == std::string::npos, "a name ends at '='");
  }
  const std::string written = Written(parameters);
  Hold(Same(parameters, ParseKernelCommandLine(written)), "written and read again");
  const KernelSwitches switches = ReadKernelSwitches(text);
  const KernelSwitches again = ReadKernelSwitches(written);
  Hold(switches.off == again.off && switches.timeout == again.timeout, "the switches, too");
  if (switches.timeout) {
    Hold(switches.timeout->count() >= 0 && switches.timeout->count() <= kMaxTimeoutSeconds,
         "a timeout's range");
  }
  if (switches.off || switches.timeout) {
    Hold(text.find("rd.luks.tpm2-sealed") != std::string_view::npos ||
             text.find('"') != std::string_view::npos,
         "a switch is written down");
  }
  return 0;
}
