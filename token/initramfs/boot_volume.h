// SPDX-License-Identifier: LGPL-2.1-or-later
// BootVolume: decides whether the initramfs opens a volume, and why. The input is the texts of
// files and a view of the block devices: boot_facts.h reads those of this machine.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tpm2_sealed {

// A line of crypttab(5).
struct CrypttabEntry {
  std::string name;
  std::string device;
  std::string key_file;
  std::vector<std::string> options;  // "x-initrd.attach", "tpm2-measure-pcr=yes"
};
std::vector<CrypttabEntry> ParseCrypttab(std::string_view text);
// Returns the path of a device. `spec` is "UUID=…", "LABEL=…" and so on, or a path, as in crypttab,
// in fstab and on the kernel command line.
std::string PathOf(const std::string &spec);

// Block devices by number, "253:0".
struct BlockDevices {
  // Returns the devices that a device is made of: /sys/dev/block/NUMBER/slaves.
  std::function<std::vector<std::string>(const std::string &number)> slaves;
  // Returns the UUID of a mapping: "CRYPT-LUKS2-<32 hex digits>-root"; empty for other devices.
  std::function<std::string(const std::string &number)> dm_uuid;
  // Returns the number of a device node, and follows symbolic links; nullopt if there is no such
  // block device.
  std::function<std::optional<std::string>(const std::string &path)> number_of;
  // Returns all devices of the btrfs that `number` is a part of; empty for other devices.
  std::function<std::vector<std::string>(const std::string &number)> btrfs;
};

struct BootFacts {
  std::string mountinfo;     // /proc/self/mountinfo
  std::string command_line;  // /proc/cmdline
  std::string crypttab;      // /etc/crypttab
  std::string resume;        // /sys/power/resume: "253:1"
  BlockDevices devices;
};

struct VolumeName {
  std::string uuid;
  std::string device;  // path
};

// Returns why the initramfs opens the LUKS2 volume, as a part of a sentence: "it holds /". Returns
// nullopt if nothing shows that it does. The devices under /, /usr and the resume device are
// followed down through any number of layers (LVM, RAID, btrfs on several devices) to a mapping
// with that UUID.
std::optional<std::string> WhyInInitramfs(const BootFacts &facts, const VolumeName &volume);

}  // namespace tpm2_sealed
