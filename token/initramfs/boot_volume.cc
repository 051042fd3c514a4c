// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/initramfs/boot_volume.h"

#include <algorithm>
#include <array>
#include <set>

#include "token/host/kernel_command_line.h"

namespace tpm2_sealed {
namespace {

constexpr int kMaxDevices = 4096;  // of one walk, in case /sys has a loop

std::vector<std::string> Split(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  while (true) {
    const auto first = text.find_first_not_of(separators);
    if (first == std::string_view::npos) return parts;
    text.remove_prefix(first);
    const auto end = std::min(text.find_first_of(separators), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

// Files as in proc_pid_mountinfo(5) and fstab(5) have \040 for a blank, and so on.
std::string Unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](std::size_t at) {
      return i + at < text.size() && text[i + at] >= '0' && text[i + at] <= '7' ? text[i + at] - '0'
                                                                                : -1;
    };
    if (text[i] == '\\' && digit(1) >= 0 && digit(2) >= 0 && digit(3) >= 0) {
      plain += static_cast<char>(digit(1) * 64 + digit(2) * 8 + digit(3));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

// Returns a UUID in lower case without dashes. `text` may have upper case, and the prefix of
// "luks-4A…", which dracut accepts.
std::string BareUuid(std::string_view text) {
  if (text.starts_with("luks-")) text.remove_prefix(5);
  std::string bare;
  for (const char c : text) {
    if (c == '-') continue;
    bare += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return bare;
}

class Walk {
 public:
  Walk(const BlockDevices &devices, const std::string &luks_uuid)
      : devices_(devices), prefix_("CRYPT-LUKS2-" + BareUuid(luks_uuid) + "-") {}

  // Returns whether the device, or one below it, is a mapping of the volume.
  bool Finds(const std::string &number) {
    if (!seen_.insert(number).second || seen_.size() > kMaxDevices) return false;
    if (devices_.dm_uuid(number).starts_with(prefix_)) return true;
    return std::ranges::any_of(devices_.slaves(number),
                               [&](const std::string &slave) { return Finds(slave); });
  }

  bool FindsPath(const std::string &path) {
    const auto number = devices_.number_of(path);
    return number && FindsFilesystem(*number);
  }

  // Looks at the other devices of a btrfs, too.
  bool FindsFilesystem(const std::string &number) {
    return Finds(number) ||
           std::ranges::any_of(devices_.btrfs(number),
                               [&](const std::string &device) { return Finds(device); });
  }

 private:
  const BlockDevices &devices_;
  std::string prefix_;
  std::set<std::string> seen_;
};

// Returns whether the filesystem that is mounted there is on the volume. A btrfs has a number that
// is not a device's, but the path that it was mounted from leads to one.
bool IsUnderMount(const BootFacts &facts, const std::string &uuid, std::string_view mount_point) {
  for (const std::string &line : Split(facts.mountinfo, "\n")) {
    const std::vector<std::string> fields = Split(line, " ");
    const auto dash = std::find(fields.begin(), fields.end(), "-");
    if (fields.size() < 5 || Unescaped(fields[4]) != mount_point) continue;
    if (dash == fields.end() || fields.end() - dash < 3) continue;
    Walk walk(facts.devices, uuid);
    if (walk.FindsFilesystem(fields[2]) || walk.FindsPath(Unescaped(dash[2]))) return true;
  }
  return false;
}

// Returns whether the entry of crypttab is about the volume: it has the same UUID, it is the same
// device, or a mapping of that name is one of the volume.
bool Names(const BootFacts &facts, const CrypttabEntry &entry, const VolumeName &volume) {
  constexpr std::string_view kByUuid = "/dev/disk/by-uuid/";
  const std::string path = PathOf(entry.device);
  if (path.starts_with(kByUuid)) {
    return BareUuid(path.substr(kByUuid.size())) == BareUuid(volume.uuid);
  }
  const auto number = facts.devices.number_of(path);
  if (number && number == facts.devices.number_of(volume.device)) return true;
  return Walk(facts.devices, volume.uuid).FindsPath("/dev/mapper/" + entry.name);
}

bool IsNamedOnCommandLine(const std::vector<KernelParameter> &parameters, const std::string &uuid) {
  const std::string bare = BareUuid(uuid);
  return std::ranges::any_of(parameters, [&](const KernelParameter &parameter) {
    if (!parameter.value) return false;
    // systemd accepts luks.uuid= and luks.name= in the initramfs as well.
    const bool is_uuid = parameter.name == "rd.luks.uuid" || parameter.name == "luks.uuid";
    const bool is_name = parameter.name == "rd.luks.name" || parameter.name == "luks.name";
    if (!is_uuid && !is_name) return false;
    const std::string given = BareUuid(parameter.value->substr(0, parameter.value->find('=')));
    // dracut accepts the beginning of a UUID.
    return !given.empty() && (is_uuid ? bare.starts_with(given) : bare == given);
  });
}

bool IsResumeDevice(const BootFacts &facts, const std::vector<KernelParameter> &parameters,
                    const std::string &uuid) {
  Walk walk(facts.devices, uuid);
  const std::vector<std::string> resume = Split(facts.resume, " \n");
  if (!resume.empty() && resume.front() != "0:0" && walk.Finds(resume.front())) return true;
  return std::ranges::any_of(parameters, [&](const KernelParameter &parameter) {
    return parameter.name == "resume" && parameter.value &&
           walk.FindsPath(PathOf(*parameter.value));
  });
}

}  // namespace

std::string PathOf(const std::string &spec) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kTags = {{
      {"UUID=", "/dev/disk/by-uuid/"},
      {"LABEL=", "/dev/disk/by-label/"},
      {"PARTUUID=", "/dev/disk/by-partuuid/"},
      {"PARTLABEL=", "/dev/disk/by-partlabel/"},
  }};
  for (const auto &[tag, folder] : kTags) {
    if (!spec.starts_with(tag)) continue;
    std::string value = spec.substr(tag.size());
    std::erase(value, '"');
    return std::string(folder) + value;
  }
  return spec;
}

std::vector<CrypttabEntry> ParseCrypttab(std::string_view text) {
  std::vector<CrypttabEntry> entries;
  for (const std::string &line : Split(text, "\n")) {
    const std::vector<std::string> fields = Split(line, " \t\r");
    if (fields.size() < 2 || fields[0].front() == '#') continue;
    CrypttabEntry entry{.name = Unescaped(fields[0]),
                        .device = Unescaped(fields[1]),
                        .key_file = fields.size() > 2 ? Unescaped(fields[2]) : "",
                        .options = {}};
    if (fields.size() > 3) entry.options = Split(fields[3], ",");
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::optional<std::string> WhyInInitramfs(const BootFacts &facts, const VolumeName &volume) {
  for (const char *mount_point : {"/", "/usr"}) {
    if (IsUnderMount(facts, volume.uuid, mount_point))
      return std::string("it holds ") + mount_point;
  }
  const auto parameters = ParseKernelCommandLine(facts.command_line);
  if (IsNamedOnCommandLine(parameters, volume.uuid)) return "the kernel command line names it";
  for (const CrypttabEntry &entry : ParseCrypttab(facts.crypttab)) {
    const bool early = std::ranges::find(entry.options, "x-initrd.attach") != entry.options.end();
    if (early && Names(facts, entry, volume)) return "crypttab has it with x-initrd.attach";
  }
  if (IsResumeDevice(facts, parameters, volume.uuid)) return "the machine resumes from it";
  return std::nullopt;
}

}  // namespace tpm2_sealed
