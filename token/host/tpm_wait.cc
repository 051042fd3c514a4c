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
// systemd looks for the first. Newer versions of dracut write only the second where there is no
// systemd. A real root has neither: its files are named os-release.
constexpr std::array kInitrdRelease = {"/etc/initrd-release", "/usr/lib/initrd-release"};
constexpr const char *kWaited = "/run/cryptsetup-tpm2.waited";
// The ACPI table is firmware's word, on PCs. The class device is the kernel's, also where there is
// a device tree instead: there may be a moment between it and the device node.
constexpr std::array kAnnouncements = {"/sys/firmware/acpi/tables/TPM2", "/sys/class/tpm/tpm0"};

bool Exists(const char *path) { return ::access(path, F_OK) == 0; }

bool InInitramfs() { return std::ranges::any_of(kInitrdRelease, Exists); }

bool IsAnnounced() { return std::ranges::any_of(kAnnouncements, Exists); }

// Polled: inotify on /dev would see the node no sooner than somebody can use it, and costs a
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

// Best effort: without the note the next process waits once more.
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
