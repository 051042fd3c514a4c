// SPDX-License-Identifier: LGPL-2.1-or-later
// InitramfsCheck: whether a built initramfs has what opens a volume with the TPM, and nothing that
// keeps the plugin out.
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
  std::string plugin_folder;           // where libcryptsetup looks; empty: nowhere
  std::vector<std::string> libraries;  // file names
  std::string config_file;             // its path
  std::optional<std::string> config;   // the machine's own; nothing: there is none
  std::string builtin_modules;         // the running kernel's, if the image has no list
  // Whether it is known that a volume has no token of ours; may be empty.
  std::function<bool(const CrypttabEntry &entry)> has_no_token = {};
};

// kOff: it is there, but something keeps the plugin from being used, or from being used as here.
enum class Finding { kOk, kMissing, kOff };

struct InitramfsCheck {
  std::string id;  // for scripts; never changes
  Finding finding = Finding::kOk;
  std::string message;
};

bool UsesSystemd(const InitramfsImage &image);

// Which files' texts CheckInitramfs looks into.
std::vector<std::string> TextsOfInterest(const InitramfsImage &image, const InitramfsNeeds &needs);

std::vector<InitramfsCheck> CheckInitramfs(const InitramfsImage &image, const InitramfsNeeds &needs,
                                           const std::map<std::string, std::string> &texts);

}  // namespace tpm2_sealed
