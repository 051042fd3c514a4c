// SPDX-License-Identifier: LGPL-2.1-or-later
// cryptsetup-tpm2 status --initramfs FILE
#include <link.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <algorithm>
#include <string_view>
#include <utility>

#include "lib/base/error.h"
#include "lib/base/utf8.h"
#include "lib/luks/volume.h"
#include "token/command/command.h"
#include "token/command/terminal.h"
#include "token/host/reason_table.h"
#include "token/host/settings.h"
#include "token/host/system_file.h"
#include "token/host/tcti_name.h"
#include "token/initramfs/initramfs_check.h"

namespace tpm2_sealed {
namespace {

// Returns the libraries that this program is linked to, directly or not. The plugin is linked to
// the same ones, so all of them have to be in the initramfs.
std::vector<std::string> OwnLibraries() {
  std::vector<std::string> names;
  const auto add = [](dl_phdr_info *info, std::size_t, void *data) {
    const std::string_view path = info->dlpi_name == nullptr ? "" : info->dlpi_name;
    const auto slash = path.rfind('/');
    // The kernel's own library has no path; one that is preloaded for a test has no version.
    if (slash != std::string_view::npos && path.find(".so.") != std::string_view::npos) {
      static_cast<std::vector<std::string> *>(data)->emplace_back(path.substr(slash + 1));
    }
    return 0;
  };
  (void)::dl_iterate_phdr(add, &names);
  return names;
}

// Returns false for a device that cannot be read, since it may have a token.
bool HasNoToken(const CrypttabEntry &entry) {
  constexpr std::string_view kHeader = "header=";
  DevicePath path{.device = PathOf(entry.device), .header = {}};
  for (const std::string &option : entry.options) {
    if (option.starts_with(kHeader)) path.header = PathOf(option.substr(kHeader.size()));
  }
  try {
    return Volume(path, Access::kRead).OurTokens().empty();
  } catch (const Error &) {
    return false;
  }
}

InitramfsNeeds NeedsOfThisMachine() {
  InitramfsNeeds needs{.plugin_folder = TokenPluginFolder(),
                       .libraries = OwnLibraries(),
                       .config_file = ConfigFileName(),
                       .config = std::nullopt,
                       .builtin_modules = {},
                       .has_no_token = HasNoToken};
  const std::string config = ReadSystemFile(needs.config_file);
  if (!config.empty() || ::access(needs.config_file.c_str(), F_OK) == 0) needs.config = config;
  for (std::string &library : TctiLibraries(LoadConfig().tcti.value_or("device"))) {
    needs.libraries.push_back(std::move(library));
  }
  // glibc loads this library by name when a thread is cancelled, as argon2's are.
  needs.libraries.emplace_back("libgcc_s.so.1");
  std::ranges::sort(needs.libraries);
  const auto twice = std::ranges::unique(needs.libraries);
  needs.libraries.erase(twice.begin(), twice.end());
  utsname kernel{};
  if (::uname(&kernel) == 0) {
    needs.builtin_modules =
        ReadSystemFile(std::string("/lib/modules/") + kernel.release + "/modules.builtin");
  }
  return needs;
}

const char *Word(Finding finding) {
  switch (finding) {
    case Finding::kMissing:
      return "missing";
    case Finding::kOff:
      return "off";
    case Finding::kOk:
      break;
  }
  return "ok";
}

std::string Text(const std::vector<InitramfsCheck> &checks) {
  std::string text;
  for (const InitramfsCheck &check : checks) {
    std::string line = check.id + ":";
    line.resize(16, ' ');
    line += Word(check.finding);
    if (!check.message.empty()) line += ": " + check.message;
    text += Printable(line) + "\n";
  }
  return text;
}

std::vector<JsonOutput> ChecksJson(const std::vector<InitramfsCheck> &checks) {
  std::vector<JsonOutput> list;
  for (const InitramfsCheck &check : checks) {
    JsonOutput json;
    json.Set("id", check.id).Set("state", Word(check.finding)).Set("message", check.message);
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace

int RunStatusInitramfs(const Options &options) {
  const std::string file = options.Get("initramfs").value_or("");
  if (!options.operands().empty() || options.Has("header")) {
    throw Error(Reason::kNotSupported, "--initramfs goes with neither a device nor --header",
                "look at them one after the other");
  }
  if (::access(file.c_str(), R_OK) != 0) {
    throw Error(Reason::kBadDevice, "the initramfs " + file + " cannot be read",
                "name the file that the boot loader loads");
  }
  const InitramfsImage image = InitramfsImage::Read(file);
  const InitramfsNeeds needs = NeedsOfThisMachine();
  const auto checks = CheckInitramfs(image, needs, image.Texts(TextsOfInterest(image, needs)));
  const auto bad = std::ranges::count_if(
      checks, [](const InitramfsCheck &check) { return check.finding != Finding::kOk; });
  const Error failure(Reason::kNotSupported,
                      file + " does not open volumes with the TPM as this machine is set up",
                      "fix what is named, and build the initramfs again");
  if (options.Has("json")) {
    JsonOutput json;
    json.Set("ok", bad == 0).Set("initramfs", file).Set("systemd", UsesSystemd(image));
    json.Set("checks", ChecksJson(checks));
    if (bad != 0) json.Set("error", ErrorJson(failure));
    WriteOut(json.Text());
  } else {
    WriteOut(Text(checks));
  }
  if (bad != 0) Say(failure.Sentence());
  return bad == 0 ? 0 : RowOf(failure.reason()).exit_status;
}

}  // namespace tpm2_sealed
