// SPDX-License-Identifier: LGPL-2.1-or-later
// cryptsetup-tpm2 latch
#include "lib/base/words.h"
#include "lib/tpm/policy/latch.h"
#include "token/command/command.h"
#include "token/command/terminal.h"
#include "token/host/settings.h"

namespace tpm2_sealed {
namespace {

// Writes what the configuration says of the latch, one setting a line. This is for the scripts of
// an initramfs, which must not have another parser of that file. The TPM is not asked.
void WriteSettings() {
  const Config config = LoadConfig();
  std::string text;
  if (config.tcti) text += "tcti=" + *config.tcti + "\n";
  text += "latch-pcr=" + std::to_string(config.latch_pcr) + "\n";
  text += config.latch == LatchDemand::kRequired ? "latch=required\n" : "latch=best-effort\n";
  text += config.latch_failure == LatchFailure::kReboot ? "latch-failure=reboot\n"
                                                        : "latch-failure=poweroff\n";
  WriteOut(text);
}

}  // namespace

// Only the configuration says which PCR is the latch: an initramfs has a configuration, too, and
// enroll binds to the same PCR.
int RunLatch(const Options &options) {
  if (options.Has("settings")) {
    WriteSettings();
    return 0;
  }
  const std::uint32_t pcr = LoadConfig().latch_pcr;
  const Machine machine = MachineOf(options);
  const LatchResult latch = CloseLatch(machine.OptionsWith(), pcr);
  const std::string name = "the latch, PCR " + std::to_string(pcr) + ", ";
  Report(options, latch.extended.empty()
                      ? name + "is extended already: nothing was changed"
                      : name + "was extended in " + ListWords(latch.extended) +
                            ": tokens that are sealed to it open again after the next boot");
  if (options.Has("json")) {
    JsonOutput json;
    json.Set("ok", true).Set("latch", pcr).Set("changed", !latch.extended.empty());
    json.Set("extended", latch.extended).Set("already", latch.already);
    WriteOut(json.Text());
  }
  return 0;
}

}  // namespace tpm2_sealed
