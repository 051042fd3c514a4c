// SPDX-License-Identifier: LGPL-2.1-or-later
// What a TCTI string, "NAME" or "NAME:CONFIGURATION" (tctildr of tpm2-tss), says of its TPM.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tpm2_sealed {

// The device node that a TCTI string names: "device:/dev/tpmrm0", also behind "pcap:"; that one too
// for "device" alone. Nothing for other ways to reach a TPM.
std::optional<std::string> DeviceNodeOf(std::string_view tcti);

// The file names of the libraries that the TSS loads for it: "libtss2-tcti-device.so.0"; two behind
// "pcap:", which records what goes through the other.
std::vector<std::string> TctiLibraries(std::string_view tcti);

}  // namespace tpm2_sealed
