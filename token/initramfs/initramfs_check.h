// SPDX-License-Identifier: LGPL-2.1-or-later
// InitramfsCheck: checks that a built initramfs has what opens a volume with the TPM, and nothing
// that keeps the plugin from being called.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "token/initramfs/boot_volume.h"
#include "token/initramfs/initramfs_image.h"

namespace tpm2_sealed {

// What the image is compared with.
struct InitramfsNeeds {
  std::string plugin_folder;           // where libcryptsetup looks; empty if nowhere
  std::vector<std::string> libraries;  // file names
  std::string config_file;             // its path
  std::optional<std::string> config;   // the machine's own; nullopt if there is none
  std::string builtin_modules;         // the running kernel's list, for images without one
  // Returns true if the volume is known to have no token of ours. The function may be empty.
  std::function<bool(const CrypttabEntry &entry)> has_no_token = {};
};

// kOff: it is there, but the plugin is not used, or with another configuration than here.
enum class Finding { kOk, kMissing, kOff };

struct InitramfsCheck {
  std::string id;  // for scripts; never changes
  Finding finding = Finding::kOk;
  std::string message;
};

bool UsesSystemd(const InitramfsImage &image);

// Returns the files whose texts CheckInitramfs needs.
std::vector<std::string> TextsOfInterest(const InitramfsImage &image, const InitramfsNeeds &needs);

std::vector<InitramfsCheck> CheckInitramfs(const InitramfsImage &image, const InitramfsNeeds &needs,
                                           const std::map<std::string, std::string> &texts);

}  // namespace tpm2_sealed
