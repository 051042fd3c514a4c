// SPDX-License-Identifier: LGPL-2.1-or-later
// tss_log: limits what the TSS prints to stderr beside our own messages.
#pragma once

#include <string>
#include <string_view>

namespace tpm2_sealed {

// Silences the TSS, which prints up to four lines to stderr about every refused command, while we
// print one sentence. TSS2_LOG, if the user sets it, turns those lines on again, and shows what
// crosses the bus. A set-uid program ignores it, and the variables that say where the TSS writes to
// (TSS2_LOGFILE, TCTI_PCAP_FILE).
void QuietTss();

// Returns a TSS2_LOG with the wanted levels, except those that would show secrets: above warnings,
// every module but the TCTI prints keys, authValues and parameters before they are encrypted.
// `wanted` is parsed as libtss2 does (src/util/log.c): it consists of MODULE+LEVEL, and the last
// one that fits a module counts.
std::string HarmlessTssLog(std::string_view wanted);

}  // namespace tpm2_sealed
