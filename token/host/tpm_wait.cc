// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/host/tpm_wait.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>
#include <algorithm>
#include <array>

#include "token/host/kernel_command_line.h"
#include "token/host/system_file.h"
#include "token/host/tcti_name.h"

namespace tpm2_sealed {
namespace {

constexpr const char *kCommandLine = "/proc/cmdline";
// systemd looks for the first one. Without systemd, newer versions of dracut write only the second
// one. A real root has neither: its files are named os-release.
constexpr std::array kInitrdRelease = {"/etc/initrd-release", "/usr/lib/initrd-release"};
constexpr const char *kWaited = "/run/cryptsetup-tpm2.waited";
// On PCs, the firmware announces a TPM by the ACPI table. The kernel announces it by the class
// device, on machines with a device tree too, and may make the device node a moment later.
constexpr std::array kAnnouncements = {"/sys/firmware/acpi/tables/TPM2", "/sys/class/tpm/tpm0"};

bool Exists(const char *path) { return ::access(path, F_OK) == 0; }

bool InInitramfs() { return std::ranges::any_of(kInitrdRelease, Exists); }

bool IsAnnounced() { return std::ranges::any_of(kAnnouncements, Exists); }

// This polls, since inotify on /dev would not see the node before it can be used, and would need a
// descriptor in a foreign process.
bool AppearsWithin(const char *node, std::chrono::seconds limit) {
  constexpr timespec kMoment = {.tv_sec = 0, .tv_nsec = 50'000'000};
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!Exists(node)) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    (void)::nanosleep(&kMoment, nullptr);
  }
  return true;
}

// A failure is ignored: without the note, the next process waits again.
void NoteWaited() {
  const int fd = ::open(kWaited, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd >= 0) (void)::close(fd);
}

}  // namespace

bool IsSwitchedOff() {
  return InInitramfs() && ReadKernelSwitches(ReadSystemFile(kCommandLine)).off;
}

void WaitForTpm(std::string_view tcti, std::chrono::seconds configured) {
  static bool waited = false;
  const auto node = DeviceNodeOf(tcti);
  if (waited || !node || Exists(node->c_str()) || !IsAnnounced()) return;
  const bool in_initramfs = InInitramfs();
  if (in_initramfs && Exists(kWaited)) return;
  if (in_initramfs) {
    const auto given = ReadKernelSwitches(ReadSystemFile(kCommandLine)).timeout;
    configured = given.value_or(configured);
  }
  if (AppearsWithin(node->c_str(), configured)) return;
  waited = true;
  if (in_initramfs) NoteWaited();
}

}  // namespace tpm2_sealed
