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

// Leave to send a secret over the bus in the clear. Only a machine's configuration gives it:
// whoever looks for this word finds every place where that can happen.
class PlaintextPermit {
  friend struct Config;
  PlaintextPermit() = default;
};

// The PCRs that can be a latch: software may extend them, and nothing but a reset of the machine
// clears them. Those below are the firmware's, which has extended them before any volume is opened;
// those above can be cleared while the system runs (TCG PC Client Platform TPM Profile, section
// 4.6).
constexpr bool IsLatchPcr(std::uint32_t pcr) { return pcr >= 8 && pcr <= 15; }
// As parsed from a setting; `problem` follows the setting's name in a message.
inline constexpr const char *kLatchPcrProblem =
    "must be a PCR from 8 to 15: those below are extended by the firmware before any volume is "
    "opened, those above can be reset while the system runs";

enum class PlaintextSessions { kNever, kIfUnsupported };

// What the initramfs does where it cannot close the latch: go on and say so, or close every volume
// and turn the machine off.
enum class LatchDemand { kBestEffort, kRequired };
enum class LatchFailure { kPowerOff, kReboot };

inline constexpr std::uint32_t kMaxTimeoutSeconds = 3600;

// What cryptsetup-tpm2.conf(5) says; defaults where it says nothing.
struct Config {
  std::optional<std::string> tcti;        // TCTI string, as tpm2-tss's loader takes it
  std::chrono::seconds tpm_timeout{120};  // for one TPM command
  // For the device of a TPM that firmware or kernel announce.
  std::chrono::seconds device_timeout{10};
  std::optional<Bytes> ek_name;                // TPM2B_NAME contents: refuse any other salt key
  std::uint32_t latch_pcr = kDefaultLatchPcr;  // what `latch` extends
  LatchDemand latch = LatchDemand::kBestEffort;
  LatchFailure latch_failure = LatchFailure::kPowerOff;     // where the latch is required
  std::optional<PlaintextSessions> plaintext_sessions;      // nothing: never
  std::uint32_t argon2_floor_kib = kArgon2DefaultFloorKib;  // PIN tokens with less are refused

  // Nothing while ek_name is set: who pins the key does not mean "or without any".
  std::optional<PlaintextPermit> Permit() const;
};

// Parses "key = value" lines; a line that starts with '#' is a comment. `file_name` is for messages
// only. Throws Error(kNotSupported) that names file and line for an unknown key, a key given twice,
// or a bad value: a misspelled security setting must not be a silent default.
Config ParseConfig(std::string_view text, std::string_view file_name);

}  // namespace tpm2_sealed
