// SPDX-License-Identifier: LGPL-2.1-or-later
// BootVolume: whether the initramfs opens a volume, and how that is known. Decided on texts and on
// a view of the block devices that are handed in: boot_facts.h has this machine's.
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
// The path of a device that is named by "UUID=…", "LABEL=…" and so on, or by a path.
std::string PathOf(const std::string &spec);

// Block devices by number, "253:0".
struct BlockDevices {
  // What a device is made of: /sys/dev/block/NUMBER/slaves.
  std::function<std::vector<std::string>(const std::string &number)> slaves;
  // device-mapper's name for what it is: "CRYPT-LUKS2-<32 hex digits>-root"; empty for others.
  std::function<std::string(const std::string &number)> dm_uuid;
  // The number of a device node, through symbolic links; nothing if it is not there.
  std::function<std::optional<std::string>(const std::string &path)> number_of;
  // All devices of the btrfs that `number` is part of; nothing for what is none.
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

// Why the initramfs opens the LUKS2 volume, for a sentence: "it holds /". Nothing if
// nothing says that it does. What lies under /, /usr and the resume device is followed down through
// any number of layers (LVM, RAID, btrfs on several devices) to a mapping of that UUID.
std::optional<std::string> WhyInInitramfs(const BootFacts &facts, const VolumeName &volume);

}  // namespace tpm2_sealed
