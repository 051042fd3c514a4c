// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/initramfs/boot_facts.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "lib/base/c_handle.h"
#include "token/host/system_file.h"

namespace tpm2_sealed {
namespace {

std::vector<std::string> EntriesOf(const std::string &folder) {
  std::vector<std::string> names;
  const CHandle<DIR, ::closedir> directory(::opendir(folder.c_str()));
  while (directory) {
    const dirent *entry = ::readdir(directory.get());
    if (entry == nullptr) break;
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  return names;
}

std::string FirstLine(const std::string &path) {
  const std::string text = ReadSystemFile(path);
  return text.substr(0, text.find('\n'));
}

// Returns the texts of the files "dev" in the entries of the folder.
std::vector<std::string> NumbersIn(const std::string &folder) {
  std::vector<std::string> numbers;
  for (const std::string &name : EntriesOf(folder)) {
    std::string number = FirstLine(folder + "/" + name + "/dev");
    if (!number.empty()) numbers.push_back(std::move(number));
  }
  return numbers;
}

std::optional<std::string> NumberOf(const std::string &path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISBLK(status.st_mode)) return std::nullopt;
  return std::to_string(major(status.st_rdev)) + ":" + std::to_string(minor(status.st_rdev));
}

}  // namespace

BlockDevices BlockDevicesOf(const std::string &sys) {
  const auto folder = [sys](const std::string &number) { return sys + "/dev/block/" + number; };
  return {
      .slaves = [folder](const std::string &n) { return NumbersIn(folder(n) + "/slaves"); },
      .dm_uuid = [folder](const std::string &n) { return FirstLine(folder(n) + "/dm/uuid"); },
      .number_of = NumberOf,
      .btrfs =
          [sys](const std::string &number) {
            const std::string all = sys + "/fs/btrfs";
            for (const std::string &filesystem : EntriesOf(all)) {
              auto devices = NumbersIn(all + "/" + filesystem + "/devices");
              for (const std::string &device : devices) {
                if (device == number) return devices;
              }
            }
            return std::vector<std::string>();
          },
  };
}

BootFacts ReadBootFacts() {
  return {.mountinfo = ReadSystemFile("/proc/self/mountinfo"),
          .command_line = ReadSystemFile("/proc/cmdline"),
          .crypttab = ReadSystemFile("/etc/crypttab"),
          .resume = ReadSystemFile("/sys/power/resume"),
          .devices = BlockDevicesOf("/sys")};
}

}  // namespace tpm2_sealed
