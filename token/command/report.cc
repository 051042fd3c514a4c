// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/command/report.h"

#include "lib/action/unlock.h"
#include "token/command/terminal.h"

namespace tpm2_sealed {

void Report(const Options &options, const std::string &text) {
  if (!options.Has("quiet")) Say(text);
}

void ReportWarnings(const Options &options, const std::vector<Warning> &warnings,
                    const std::vector<std::string> &notes) {
  for (const std::string &note : notes) Report(options, note);
  for (const Warning &warning : warnings) {
    // That a secret crosses the bus in the clear is said each time, also with --quiet.
    if (warning.id == warning_id::kPlaintextSession || !options.Has("quiet"))
      Say("warning: " + warning.message);
  }
}

}  // namespace tpm2_sealed
