// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/host/tss_log.h"

#include <strings.h>
#include <sys/auxv.h>
#include <algorithm>
#include <array>
#include <cstdlib>

namespace tpm2_sealed {
namespace {

constexpr std::array<const char *, 6> kLevels = {"none", "error", "warning",
                                                 "info", "debug", "trace"};
constexpr std::size_t kWarning = 2;

std::size_t LevelAt(std::string_view text, std::size_t otherwise) {
  for (std::size_t level = 0; level < kLevels.size(); ++level) {
    const std::string_view name = kLevels[level];
    if (text.size() >= name.size() &&
        ::strncasecmp(text.data(), kLevels[level], name.size()) == 0) {
      return level;
    }
  }
  return otherwise;
}

bool EndsWith(std::string_view text, std::string_view name) {
  return text.size() >= name.size() &&
         ::strncasecmp(text.data() + text.size() - name.size(), name.data(), name.size()) == 0;
}

// Returns whether the text before a '+' names the module, or "all".
bool Names(std::string_view before, std::string_view module) {
  return EndsWith(before, module) || EndsWith(before, "all");
}

std::size_t LevelOf(std::string_view module, std::string_view wanted) {
  std::size_t level = kWarning;
  for (std::size_t at = wanted.find('+'); at != std::string_view::npos;
       at = wanted.find('+', at + 1)) {
    if (Names(wanted.substr(0, at), module)) level = LevelAt(wanted.substr(at + 1), level);
  }
  return level;
}

}  // namespace

std::string HarmlessTssLog(std::string_view wanted) {
  const std::size_t others = std::min(LevelOf("esys", wanted), kWarning);
  return std::string("all+") + kLevels[others] + ",tcti+" + kLevels[LevelOf("tcti", wanted)];
}

void QuietTss() {
  // The TSS reads this variable once per source file, at its first message, and has no function for
  // it. It is never reset: other users of the TSS in this process want the same.
  const char *wanted = ::secure_getenv("TSS2_LOG");
  const std::string log = wanted != nullptr ? HarmlessTssLog(wanted) : "all+none";
  // Changes it once only, since other threads may be reading the environment.
  if (wanted == nullptr || log != wanted) (void)::setenv("TSS2_LOG", log.c_str(), 1);
  if (::getauxval(AT_SECURE) == 0) return;
  // libtss2 would write to these files. Without the second one, it writes into the working
  // directory.
  (void)::unsetenv("TSS2_LOGFILE");
  (void)::setenv("TCTI_PCAP_FILE", "/dev/null", 1);
}

}  // namespace tpm2_sealed
