// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/host/settings.h"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "lib/base/config.h"
#include "lib/base/error.h"
#include "token/host/tpm_wait.h"

namespace tpm2_sealed {
namespace {

constexpr const char *kConfigFile = SYSCONFDIR "/cryptsetup-tpm2.conf";
constexpr const char *kDefaultTcti = "device:/dev/tpmrm0";
constexpr std::size_t kMaxConfig = 64 * 1024;

// Returns the text of the file; empty if there is no file.
std::string ReadConfigText() {
  const int fd = ::open(kConfigFile, O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return {};
  std::string text(kMaxConfig + 1, '\0');
  std::size_t size = 0;
  ssize_t got = fd < 0 ? -1 : 1;
  while (got > 0 && size < text.size()) {
    got = ::read(fd, text.data() + size, text.size() - size);
    if (got > 0) size += static_cast<std::size_t>(got);
  }
  const int error = got < 0 ? errno : EFBIG;
  if (fd >= 0) (void)::close(fd);
  if (got < 0 || size > kMaxConfig) {
    throw Error(Reason::kNotSupported,
                std::string(kConfigFile) + " cannot be read (" + std::strerror(error) + ")",
                "correct or remove the file");
  }
  text.resize(size);
  return text;
}

}  // namespace

Config LoadConfig() { return ParseConfig(ReadConfigText(), kConfigFile); }

Machine LoadMachine(const std::optional<std::string> &tcti_option) {
  const Config config = LoadConfig();
  Machine machine;
  machine.command_limit = config.tpm_timeout;
  machine.ek_name = config.ek_name;
  machine.permit = config.Permit();
  machine.argon2_floor_kib = config.argon2_floor_kib;
  const char *environment = ::secure_getenv("CRYPTSETUP_TPM2_TCTI");
  if (tcti_option) {
    machine.tcti = *tcti_option;
  } else if (environment != nullptr && *environment != '\0') {
    machine.tcti = environment;
  } else {
    machine.tcti = config.tcti.value_or(kDefaultTcti);
  }
  WaitForTpm(machine.tcti, config.device_timeout);
  return machine;
}

std::string ConfigFileName() { return kConfigFile; }

bool PermitPlaintextInFile() {
  const std::string text = ReadConfigText();
  const Config config = ParseConfig(text, kConfigFile);
  if (config.Permit()) return false;
  if (config.ek_name || config.plaintext_sessions) {
    throw Error(Reason::kNotSupported,
                std::string(kConfigFile) +
                    " has a line 'plaintext-sessions' or 'ek-name' that forbids plain sessions",
                "change it there if plain sessions are intended");
  }
  const std::string line = std::string(text.empty() || text.back() == '\n' ? "" : "\n") +
                           "plaintext-sessions = if-unsupported\n";
  // One write appends the line, so an interruption cannot damage the other lines.
  const int fd = ::open(kConfigFile, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
  const bool written = fd >= 0 &&
                       ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
                       ::fsync(fd) == 0;
  const int error = errno;
  // Half a line would make the file unreadable for every open.
  if (fd >= 0 && !written) (void)!::ftruncate(fd, static_cast<off_t>(text.size()));
  if (fd >= 0) (void)::close(fd);
  if (!written) {
    throw Error(Reason::kNotSupported,
                std::string(kConfigFile) + " cannot be written (" + std::strerror(error) + ")",
                "add the line 'plaintext-sessions = if-unsupported' by hand");
  }
  return true;
}

}  // namespace tpm2_sealed
