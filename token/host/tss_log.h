// SPDX-License-Identifier: LGPL-2.1-or-later
// tss_log: what the TSS may print about its work, beside our own sentence.
#pragma once

#include <string>
#include <string_view>

namespace tpm2_sealed {

// The TSS prints its own view of every refused command to stderr, up to four lines each. Ours is
// one sentence; TSS2_LOG, if somebody set it, brings the others back, and what crosses the bus. In
// a set-uid program that is not the caller's to choose, nor where the TSS writes to (TSS2_LOGFILE,
// TCTI_PCAP_FILE).
void QuietTss();

// A TSS2_LOG that lets through what was asked for, except what would show secrets: above warnings,
// every module but the TCTI prints keys, authValues and parameters before they are encrypted. Read
// as libtss2 does (src/util/log.c): MODULE+LEVEL, the last one that fits a module counts.
std::string HarmlessTssLog(std::string_view wanted);

}  // namespace tpm2_sealed
