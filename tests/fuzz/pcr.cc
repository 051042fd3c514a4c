// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzz target: the arguments that choose PCRs, their values and the keys, a line each, through the
// command's own parser. What is taken can be printed, and reads the same again.
#include <tss2/tss2_tpm2_types.h>
#include <algorithm>
#include <bit>
#include <vector>

#include "lib/base/crypto.h"
#include "lib/tpm/policy/lint.h"
#include "lib/tpm/policy/pcr.h"
#include "tests/fuzz/property.h"
#include "token/command/command.h"
#include "token/command/options.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::fuzz;

// Those of `seal` that name neither a file nor a descriptor.
std::vector<ActionSpec> Actions() {
  return {{"seal",
           "",
           0,
           0,
           "",
           {"pcrs", "bank", "pcr-values", "no-pcrs", "label", "salt-key", "parent", "no-persist",
            "force"},
           nullptr}};
}

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines = {"seal"};
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    // As C strings: the kernel gives no others to a program.
    lines.emplace_back(line.substr(0, line.find('\0')));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return lines;
}

void CheckSelection(const PcrSelection &selection) {
  Hold(selection.mask != 0 && selection.mask >> kPcrCount == 0, "chosen PCRs exist");
  const std::vector<std::uint32_t> numbers = selection.Numbers();
  Hold(numbers.size() == static_cast<std::size_t>(std::popcount(selection.mask)),
       "as many as bits");
  Hold(std::ranges::is_sorted(numbers), "in order");
  const std::string text = selection.Format();
  const PcrSelection again = PcrSelection::Parse(text, "sha1");
  Hold(again.mask == selection.mask && again.bank == selection.bank, "printed and read again");
  Hold(again.Format() == text, "printed again");
  const TPML_PCR_SELECTION tpm = selection.ToTpm();
  std::uint32_t mask = 0;
  for (std::size_t i = 0; i < kPcrCount / 8; ++i) {
    mask |= static_cast<std::uint32_t>(tpm.pcrSelections[0].pcrSelect[i]) << (8 * i);
  }
  Hold(tpm.count == 1 && mask == selection.mask, "the TPM's selection is the same");
  PcrValues values{.bank = selection.bank, .values = {}};
  for (const std::uint32_t pcr : selection.Numbers()) {
    values.values[pcr] = Bytes(DigestSize(selection.bank).value_or(0), 0);
  }
  (void)LintPcrs(values, std::nullopt, UnifiedKernel::kNo);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  static const std::vector<ActionSpec> actions = Actions();
  const auto refused = RefusalOf(2 * size, [&] {
    const Options options = Options::Parse(actions, Lines(TextOf({data, size})));
    const SealRequest request = SealRequestOf(options);
    if (request.pcrs) CheckSelection(*request.pcrs);
    if (!request.pcrs) Hold(options.Has("no-pcrs"), "no PCRs only on purpose");
    for (const auto &[pcr, value] : request.expected_pcrs) {
      Hold(pcr < kPcrCount && !value.empty(), "a PCR's expected value");
    }
    Hold(request.label.size() <= 256 && IsUtf8(request.label), "the label");
  });
  if (refused) Hold(refused->reason() == Reason::kNotSupported, "the arguments are the reason");
  return 0;
}
