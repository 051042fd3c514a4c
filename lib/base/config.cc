// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/base/config.h"

#include <array>
#include <set>

#include "lib/base/encoding.h"
#include "lib/base/error.h"

namespace tpm2_sealed {
namespace {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// Each setter returns what is wrong with the value, or nullopt.
using Problem = std::optional<std::string>;

Problem SetTcti(Config &config, std::string_view value) {
  if (value.empty()) return "is empty";
  config.tcti = std::string(value);
  return std::nullopt;
}

Problem SetTpmTimeout(Config &config, std::string_view value) {
  const auto seconds = ParseDecimal(value, kMaxTimeoutSeconds);
  if (!seconds || *seconds == 0) return "must be a number of seconds from 1 to 3600";
  config.tpm_timeout = std::chrono::seconds(*seconds);
  return std::nullopt;
}

Problem SetDeviceTimeout(Config &config, std::string_view value) {
  const auto seconds = ParseDecimal(value, kMaxTimeoutSeconds);
  if (!seconds) return "must be a number of seconds from 0 to 3600";
  config.device_timeout = std::chrono::seconds(*seconds);
  return std::nullopt;
}

Problem SetLatchPcr(Config &config, std::string_view value) {
  const auto pcr = ParseDecimal(value, kPcrCount - 1);
  if (!pcr || !IsLatchPcr(*pcr)) return kLatchPcrProblem;
  config.latch_pcr = *pcr;
  return std::nullopt;
}

Problem SetLatch(Config &config, std::string_view value) {
  if (value == "best-effort") {
    config.latch = LatchDemand::kBestEffort;
  } else if (value == "required") {
    config.latch = LatchDemand::kRequired;
  } else {
    return "must be 'best-effort' or 'required'";
  }
  return std::nullopt;
}

Problem SetLatchFailure(Config &config, std::string_view value) {
  if (value == "poweroff") {
    config.latch_failure = LatchFailure::kPowerOff;
  } else if (value == "reboot") {
    config.latch_failure = LatchFailure::kReboot;
  } else {
    return "must be 'poweroff' or 'reboot'";
  }
  return std::nullopt;
}

Problem SetEkName(Config &config, std::string_view value) {
  // A Name is nameAlg (2 bytes) and a digest: TPM 2.0 Part 1, section 16.
  auto name = HexDecode(value);
  if (!name || name->size() < 2 + 20) {
    return "must be a TPM Name in hex, as 'cryptsetup-tpm2 status --json' shows it";
  }
  config.ek_name = std::move(*name);
  return std::nullopt;
}

Problem SetPlaintextSessions(Config &config, std::string_view value) {
  if (value == "never") {
    config.plaintext_sessions = PlaintextSessions::kNever;
  } else if (value == "if-unsupported") {
    config.plaintext_sessions = PlaintextSessions::kIfUnsupported;
  } else {
    return "must be 'never' or 'if-unsupported'";
  }
  return std::nullopt;
}

// With less memory, a graphics card guesses as fast as with a plain hash. The upper limit is
// cryptsetup's.
Problem SetArgon2Floor(Config &config, std::string_view value) {
  constexpr std::uint32_t kLeast = 16 * 1024, kMost = kArgon2MaxMemoryKib;
  const auto kib = ParseDecimal(value, kMost);
  if (!kib || *kib < kLeast) return "must be a number of KiB from 16384 to 4194304";
  config.argon2_floor_kib = *kib;
  return std::nullopt;
}

struct Key {
  std::string_view name;
  Problem (*set)(Config &, std::string_view);
};

constexpr std::array<Key, 9> kKeys = {{
    {"tcti", SetTcti},
    {"tpm-timeout", SetTpmTimeout},
    {"device-timeout", SetDeviceTimeout},
    {"ek-name", SetEkName},
    {"latch", SetLatch},
    {"latch-failure", SetLatchFailure},
    {"latch-pcr", SetLatchPcr},
    {"plaintext-sessions", SetPlaintextSessions},
    {"argon2-floor-kib", SetArgon2Floor},
}};

const Key *FindKey(std::string_view name) {
  for (const Key &key : kKeys) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

}  // namespace

std::optional<PlaintextPermit> Config::Permit() const {
  if (plaintext_sessions != PlaintextSessions::kIfUnsupported || ek_name) return std::nullopt;
  return PlaintextPermit();
}

Config ParseConfig(std::string_view text, std::string_view file_name) {
  Config config;
  std::set<std::string_view> seen;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;

    const auto fail = [&](const std::string &problem) {
      throw Error(Reason::kNotSupported,
                  std::string(file_name) + ", line " + std::to_string(number) + ": " + problem,
                  "correct the file, see cryptsetup-tpm2.conf(5)");
    };
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) fail("expected 'key = value'");
    const std::string_view name = Trim(line.substr(0, equals));
    const Key *key = FindKey(name);
    if (key == nullptr) fail("unknown key '" + std::string(name) + "'");
    if (!seen.insert(name).second) fail("'" + std::string(name) + "' is given twice");
    if (const Problem problem = key->set(config, Trim(line.substr(equals + 1)))) {
      fail("'" + std::string(name) + "' " + *problem);
    }
  }
  return config;
}

}  // namespace tpm2_sealed
