// SPDX-License-Identifier: LGPL-2.1-or-later
// Config: the machine's configuration, parsed from text that the caller has read.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/argon2.h"
#include "lib/base/bytes.h"
#include "lib/base/defaults.h"

namespace tpm2_sealed {

// Permission to send a secret over the bus in the clear. Only a machine's configuration gives it,
// so a search for this word finds every place where that can happen.
class PlaintextPermit {
  friend struct Config;
  PlaintextPermit() = default;
};

// The PCRs that can be a latch: software may extend them, and only a reset of the machine clears
// them. The firmware extends the PCRs below 8 before any volume is opened; the PCRs above 15 can be
// reset while the system runs (TCG PC Client Platform TPM Profile, section 4.6).
constexpr bool IsLatchPcr(std::uint32_t pcr) { return pcr >= 8 && pcr <= 15; }
// This follows the name of a setting or field in a message.
inline constexpr const char *kLatchPcrProblem =
    "must be a PCR from 8 to 15: the firmware extends those below before any volume is opened, and "
    "those above can be reset while the system runs";

enum class PlaintextSessions { kNever, kIfUnsupported };

// What the initramfs does if it cannot close the latch: it logs that and goes on, or it closes
// every volume and turns the machine off.
enum class LatchDemand { kBestEffort, kRequired };
enum class LatchFailure { kPowerOff, kReboot };

inline constexpr std::uint32_t kMaxTimeoutSeconds = 3600;

// The settings of cryptsetup-tpm2.conf(5), with their defaults.
struct Config {
  std::optional<std::string> tcti;        // TCTI string, as tpm2-tss's loader takes it
  std::chrono::seconds tpm_timeout{120};  // for one TPM command
  // How long to wait for the device of a TPM that firmware or kernel announce.
  std::chrono::seconds device_timeout{10};
  std::optional<Bytes> ek_name;                // a Name: any other salt key is refused
  std::uint32_t latch_pcr = kDefaultLatchPcr;  // the PCR that `latch` extends
  LatchDemand latch = LatchDemand::kBestEffort;
  LatchFailure latch_failure = LatchFailure::kPowerOff;     // if `latch` is kRequired
  std::optional<PlaintextSessions> plaintext_sessions;      // kNever if not set
  std::uint32_t argon2_floor_kib = kArgon2DefaultFloorKib;  // tokens with less are refused

  // Returns nullopt if ek_name is set: an admin who pins the salt key does not want sessions
  // without one.
  std::optional<PlaintextPermit> Permit() const;
};

// Parses "key = value" lines; a line that starts with '#' is a comment. `file_name` is for messages
// only. Throws Error(kNotSupported) that names file and line for an unknown key, a key given twice,
// or a bad value: a misspelled security setting must not silently become the default.
Config ParseConfig(std::string_view text, std::string_view file_name);

}  // namespace tpm2_sealed
