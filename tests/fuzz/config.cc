// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzz target: the configuration file. What is taken is in range, can be written down again and
// then means the same, and the permit for plain sessions comes of its own line alone.
#include "lib/base/config.h"
#include "lib/base/encoding.h"
#include "tests/fuzz/property.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::fuzz;

void CheckRanges(const Config &config) {
  using std::chrono::seconds;
  Hold(config.tpm_timeout >= seconds(1) && config.tpm_timeout <= seconds(3600), "tpm-timeout");
  Hold(config.device_timeout >= seconds(0) && config.device_timeout <= seconds(3600),
       "device-timeout");
  Hold(IsLatchPcr(config.latch_pcr), "latch-pcr");
  Hold(config.argon2_floor_kib >= 16 * 1024 && config.argon2_floor_kib <= kArgon2MaxMemoryKib,
       "argon2-floor-kib");
  if (config.ek_name) Hold(config.ek_name->size() >= 22, "ek-name");
  if (config.tcti) Hold(!config.tcti->empty(), "tcti");
}

void CheckPermit(const Config &config, std::string_view text) {
  if (!config.Permit()) return;
  Hold(!config.ek_name, "who pins the key does not mean 'or without any'");
  Hold(text.find("plaintext-sessions") != std::string_view::npos &&
           text.find("if-unsupported") != std::string_view::npos,
       "the permit is written down");
}

std::string Written(const Config &config) {
  std::string text = "tpm-timeout=" + std::to_string(config.tpm_timeout.count()) +
                     "\ndevice-timeout=" + std::to_string(config.device_timeout.count()) +
                     "\nlatch-pcr=" + std::to_string(config.latch_pcr) +
                     "\nargon2-floor-kib=" + std::to_string(config.argon2_floor_kib) + "\n";
  text += config.latch == LatchDemand::kRequired ? "latch=required\n" : "latch=best-effort\n";
  text += config.latch_failure == LatchFailure::kReboot ? "latch-failure=reboot\n"
                                                        : "latch-failure=poweroff\n";
  if (config.tcti) text += "tcti = " + *config.tcti + "\n";
  if (config.ek_name) text += "ek-name = " + HexEncode(*config.ek_name) + "\n";
  if (config.plaintext_sessions == PlaintextSessions::kNever) text += "plaintext-sessions = never";
  if (config.plaintext_sessions == PlaintextSessions::kIfUnsupported) {
    text += "plaintext-sessions = if-unsupported";
  }
  return text;
}

bool Same(const Config &one, const Config &other) {
  return one.tcti == other.tcti && one.tpm_timeout == other.tpm_timeout &&
         one.device_timeout == other.device_timeout && one.ek_name == other.ek_name &&
         one.latch_pcr == other.latch_pcr && one.latch == other.latch &&
         one.latch_failure == other.latch_failure &&
         one.plaintext_sessions == other.plaintext_sessions &&
         one.argon2_floor_kib == other.argon2_floor_kib;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string_view text = TextOf({data, size});
  const auto refused = RefusalOf(size, [&] {
    const Config config = ParseConfig(text, "the.conf");
    CheckRanges(config);
    CheckPermit(config, text);
    Hold(Same(config, ParseConfig(Written(config), "again.conf")), "written and read again");
  });
  if (!refused) return 0;
  const std::string message = refused->what();
  Hold(refused->reason() == Reason::kNotSupported, "the reason is the file");
  Hold(message.starts_with("the.conf, line "), "file and line are named");
  return 0;
}
