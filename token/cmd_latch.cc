// SPDX-License-Identifier: LGPL-2.1-or-later
// cryptsetup-tpm2 latch
#include "lib/tpm/latch.h"
#include "token/command.h"
#include "token/settings.h"
#include "token/terminal.h"

namespace tpm2_sealed {
namespace {

std::string Joined(const std::vector<std::string> &banks) {
  std::string text;
  for (const std::string &bank : banks) text += (text.empty() ? "" : ", ") + bank;
  return text;
}

}  // namespace

// Only the configuration says which PCR: an initramfs has one, and enroll binds to the same.
int RunLatch(const Options &options) {
  const std::uint32_t pcr = LoadConfig().latch_pcr;
  const TpmAccess access = TpmAccessOf(options);
  const LatchResult latch = [&] {
    const Context context({.tcti = access.tcti, .command_limit = access.command_limit});
    return ExtendLatch(context, pcr);
  }();
  const std::string name = "the latch, PCR " + std::to_string(pcr) + ", ";
  Report(options, latch.extended.empty()
                      ? name + "is extended already: nothing was changed"
                      : name + "was extended in " + Joined(latch.extended) +
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
