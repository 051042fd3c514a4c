// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/initramfs/initramfs_check.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "lib/base/config.h"
#include "lib/base/error.h"

namespace tpm2_sealed {
namespace {

constexpr const char *kPlugin = "libcryptsetup-token-tpm2-sealed.so";
constexpr const char *kCrypttab = "etc/crypttab";
constexpr std::string_view kSwitch = "SYSTEMD_CRYPTSETUP_USE_TOKEN_MODULE";
constexpr std::string_view kTpmDriver = "/drivers/char/tpm/tpm_";

// systemd-cryptsetup does not call plugins for a volume that has one of these options, for some of
// them since version 257 (use_token_plugins() in its src/cryptsetup/cryptsetup.c).
constexpr std::array<std::string_view, 4> kOptionsAgainstPlugins = {
    "tpm2-measure-pcr=", "tpm2-measure-keyslot-nvpcr=", "fixate-volume-key=", "fido2-cid="};

// Paths in the image have no leading slash.
std::string Inside(std::string path) { return path.starts_with('/') ? path.substr(1) : path; }

InitramfsCheck Check(const char *id, bool ok, const std::string &missing) {
  return {.id = id, .finding = ok ? Finding::kOk : Finding::kMissing, .message = ok ? "" : missing};
}

bool HasProgram(const InitramfsImage &image, const std::string &name) {
  return image.HasNamed("sbin/" + name) || image.HasNamed("bin/" + name);
}

// Returns whether that folder has this hook of dracut, with any number.
bool HasHook(const InitramfsImage &image, const std::string &hooks, const std::string &name) {
  return std::ranges::any_of(image.paths(), [&](const auto &entry) {
    return entry.first.find("/hooks/" + hooks + "/") != std::string::npos &&
           entry.first.ends_with(name) && image.Has(entry.first);
  });
}

std::string TextOf(const std::map<std::string, std::string> &texts, const std::string &path) {
  const auto found = texts.find(path);
  return found == texts.end() ? std::string() : found->second;
}

InitramfsCheck CheckLibraries(const InitramfsImage &image, const InitramfsNeeds &needs) {
  std::string missing;
  for (const std::string &library : needs.libraries) {
    if (image.HasNamed(library)) continue;
    missing += (missing.empty() ? "" : ", ") + library;
  }
  return Check("libraries", missing.empty(), missing);
}

// Checks that the image closes the latch before the initramfs is left, and before anybody gets a
// shell in it.
InitramfsCheck CheckLatch(const InitramfsImage &image) {
  const auto wanted = [&](const std::string &target) {
    return image.HasNamed(target + ".wants/tpm2-sealed-latch.service");
  };
  const auto shell = [&](const std::string &unit) {
    return image.HasNamed(unit + ".service.d/50-tpm2-sealed.conf");
  };
  const auto hook = [&](const std::string &hooks) { return HasHook(image, hooks, "latch.sh"); };
  const bool systemd = UsesSystemd(image);
  const bool leaving = systemd ? wanted("initrd.target") && wanted("initrd-switch-root.target")
                               : hook("pre-mount") && hook("cleanup");
  const bool shells = systemd ? shell("emergency") && shell("dracut-emergency") : hook("emergency");
  const bool program = image.Has("sbin/tpm2-sealed-latch");
  return Check("latch", program && leaving && shells,
               program && leaving ? "nothing closes the latch before an emergency shell"
                                  : "nothing closes the latch before the initramfs is left");
}

// Looks for a driver of the TPM's interface: tpm.ko alone reaches no TPM.
InitramfsCheck CheckDriver(const InitramfsImage &image, const InitramfsNeeds &needs,
                           const std::map<std::string, std::string> &texts) {
  bool there = false;
  bool listed = false;
  for (const auto &[path, target] : image.paths()) {
    there |= path.find(kTpmDriver) != std::string::npos && path.find(".ko") != std::string::npos;
    if (!path.ends_with("/modules.builtin") || !texts.contains(path)) continue;
    listed = true;
    there |= TextOf(texts, path).find(kTpmDriver) != std::string::npos;
  }
  if (!listed) there |= needs.builtin_modules.find(kTpmDriver) != std::string::npos;
  return Check("driver", there, "no driver of a TPM, neither as a module nor built in");
}

InitramfsCheck CheckConfiguration(const InitramfsImage &image, const InitramfsNeeds &needs,
                                  const std::map<std::string, std::string> &texts) {
  const std::string path = Inside(needs.config_file);
  InitramfsCheck check = Check("configuration", image.Has(path) || !needs.config,
                               needs.config_file + " of this machine is not in it");
  if (!image.Has(path)) return check;
  check.finding = Finding::kOff;
  if (!texts.contains(path)) {
    check.message = needs.config_file + " is in it, but cannot be read there";
  } else if (TextOf(texts, path) != needs.config) {
    check.message = needs.config_file + " in it is not that of this machine: build it again";
  } else {
    try {
      (void)ParseConfig(TextOf(texts, path), needs.config_file);
      check.finding = Finding::kOk;
    } catch (const Error &error) {
      check.message = error.Sentence();
    }
  }
  return check;
}

// Returns the version of systemd in the image, from the name of its library; 0 if it is unknown.
int SystemdVersion(const InitramfsImage &image) {
  constexpr std::string_view kLibrary = "/systemd/libsystemd-shared-";
  for (const auto &[path, target] : image.paths()) {
    const auto at = path.find(kLibrary);
    if (at == std::string::npos) continue;
    int version = 0;
    const char *digits = path.c_str() + at + kLibrary.size();
    (void)std::from_chars(digits, path.c_str() + path.size(), version);
    return version;
  }
  return 0;
}

// Returns whether the entry may be a LUKS2 volume, which can have tokens. A swap with a random key
// cannot.
bool MayBeLuks2(const CrypttabEntry &entry) {
  return std::ranges::none_of(entry.options, [](const std::string &option) {
    for (const char *other : {"plain", "tcrypt", "bitlk", "swap", "tmp"}) {
      if (option == other || option.starts_with(std::string(other) + "=")) return true;
    }
    return option.starts_with("tcrypt-");
  });
}

// If no key file is named, systemd looks for one with the name of the mapping. That name may be on
// a command line that is not in the image, so every name counts. Since version 258, systemd tries
// tokens first. It also looks into /run, but a mount covers what an image has there.
std::vector<std::string> NamesOfFoundKeys(const InitramfsImage &image) {
  constexpr std::string_view kFolder = "etc/cryptsetup-keys.d/";
  constexpr std::string_view kEnding = ".key";
  std::vector<std::string> names;
  if (SystemdVersion(image) >= 258) return names;
  for (const auto &[path, target] : image.paths()) {
    if (!path.starts_with(kFolder) || !path.ends_with(kEnding) || !image.Has(path)) continue;
    const std::string_view file = std::string_view(path).substr(kFolder.size());
    if (file.find('/') != std::string_view::npos) continue;
    names.emplace_back(file.substr(0, file.size() - kEnding.size()));
  }
  return names;
}

InitramfsCheck CheckCrypttab(const InitramfsImage &image, const InitramfsNeeds &needs,
                             const std::map<std::string, std::string> &texts) {
  InitramfsCheck check{.id = "crypttab", .finding = Finding::kOk, .message = ""};
  const auto off = [&](const std::string &name, const std::string &what) {
    check.finding = Finding::kOff;
    check.message += (check.message.empty() ? "" : "; ") + name + " has " + what +
                     ", with which systemd calls no plugin";
  };
  for (const CrypttabEntry &entry : ParseCrypttab(TextOf(texts, kCrypttab))) {
    // That volume has no token that could be missed.
    if (needs.has_no_token && needs.has_no_token(entry)) continue;
    for (const std::string &option : entry.options) {
      const bool against = std::ranges::any_of(
          kOptionsAgainstPlugins, [&](std::string_view o) { return option.starts_with(o); });
      if (against && option != "tpm2-measure-pcr=no") off(entry.name, option);
    }
    const std::string &key = entry.key_file;
    if (!key.empty() && key != "none" && key != "-" && MayBeLuks2(entry)) {
      off(entry.name, "the key file " + key);
    }
  }
  for (const std::string &name : NamesOfFoundKeys(image)) {
    off(name, "the key file /etc/cryptsetup-keys.d/" + name + ".key");
  }
  return check;
}

bool IsOfCryptsetupUnits(const std::string &path) {
  if (!path.ends_with(".conf") && !path.ends_with(".service")) return false;
  return path.find("/systemd-cryptsetup@") != std::string::npos ||
         path.find("/service.d/") != std::string::npos || path.ends_with("/systemd/system.conf") ||
         path.find("/systemd/system.conf.d/") != std::string::npos;
}

// Finds "Environment=SYSTEMD_CRYPTSETUP_USE_TOKEN_MODULE=0", with any of systemd's words for no.
bool SwitchesOff(std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto at = line.find(kSwitch);
    if (at == std::string_view::npos || line.find_first_of("#;") == 0) continue;
    line.remove_prefix(at + kSwitch.size());
    if (!line.starts_with('=')) continue;
    line.remove_prefix(1);
    const std::string_view value = line.substr(0, line.find_first_of(" \t\r\"'"));
    for (const char *no : {"0", "no", "n", "false", "f", "off"}) {
      if (value == no) return true;
    }
  }
  return false;
}

InitramfsCheck CheckUnits(const std::map<std::string, std::string> &texts) {
  InitramfsCheck check{.id = "token-modules", .finding = Finding::kOk, .message = ""};
  for (const auto &[path, text] : texts) {
    if (!IsOfCryptsetupUnits(path) || !SwitchesOff(text)) continue;
    check.finding = Finding::kOff;
    check.message += (check.message.empty() ? "" : "; ") + path + " sets " + std::string(kSwitch) +
                     ", so that systemd calls no plugin";
  }
  return check;
}

}  // namespace

bool UsesSystemd(const InitramfsImage &image) { return image.HasNamed("systemd/systemd"); }

std::vector<std::string> TextsOfInterest(const InitramfsImage &image, const InitramfsNeeds &needs) {
  std::vector<std::string> wanted = {Inside(needs.config_file), kCrypttab};
  for (const auto &[path, target] : image.paths()) {
    if (IsOfCryptsetupUnits(path) || path.ends_with("/modules.builtin")) wanted.push_back(path);
  }
  return wanted;
}

std::vector<InitramfsCheck> CheckInitramfs(const InitramfsImage &image, const InitramfsNeeds &needs,
                                           const std::map<std::string, std::string> &texts) {
  const bool systemd = UsesSystemd(image);
  const std::string plugin = needs.plugin_folder + "/" + kPlugin;
  std::vector<InitramfsCheck> checks = {
      Check("plugin", !needs.plugin_folder.empty() && image.Has(Inside(plugin)),
            needs.plugin_folder.empty() ? "this libcryptsetup loads no plugins" : plugin),
      CheckLibraries(image, needs),
      Check("cryptsetup",
            systemd ? image.HasNamed("systemd-cryptsetup") : HasProgram(image, "cryptsetup"),
            systemd ? "systemd-cryptsetup" : "cryptsetup"),
      Check("command", HasProgram(image, "cryptsetup-tpm2"), "cryptsetup-tpm2"),
      Check("module", image.HasModule("tpm2-sealed"), "dracut's module tpm2-sealed is not in it"),
      CheckLatch(image),
      CheckDriver(image, needs, texts),
      CheckConfiguration(image, needs, texts)};
  if (systemd) {
    checks.push_back(CheckCrypttab(image, needs, texts));
    checks.push_back(CheckUnits(texts));
  } else {
    const bool hooked = HasHook(image, "cmdline", "wrap.sh");
    checks.push_back(Check("hook", hooked && image.Has("sbin/tpm2-sealed-open"),
                           "no hook tries the token before the passphrase is asked"));
  }
  return checks;
}

}  // namespace tpm2_sealed
