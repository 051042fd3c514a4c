// SPDX-License-Identifier: LGPL-2.1-or-later
// TctiName: reads a TCTI string, "NAME" or "NAME:CONFIGURATION" (tctildr of tpm2-tss).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tpm2_sealed {

// Returns the device node of "device:/dev/tpmrm0", also behind "pcap:"; /dev/tpmrm0 for "device"
// alone. Returns nullopt for other ways to reach a TPM.
std::optional<std::string> DeviceNodeOf(std::string_view tcti);

// Returns the file names of the libraries that the TSS loads for the string:
// "libtss2-tcti-device.so.0". There are two for "pcap:", which records what another TCTI transfers.
std::vector<std::string> TctiLibraries(std::string_view tcti);

}  // namespace tpm2_sealed
