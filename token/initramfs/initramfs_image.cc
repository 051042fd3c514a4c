// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/initramfs/initramfs_image.h"

#include <algorithm>

#include "lib/base/error.h"
#include "token/initramfs/subprocess.h"

namespace tpm2_sealed {
namespace {

constexpr std::chrono::seconds kLimit{120};
constexpr int kMaxLinks = 40;  // the kernel's limit
constexpr std::string_view kModules = "dracut modules:";
constexpr std::string_view kRule = "====================";
constexpr std::string_view kFileHeading = "initramfs:/";
// lsinitrd puts these before the names of files in an image inside the image.
constexpr std::string_view kSquashRoot = "squashfs-root/";
constexpr std::string_view kErofsRoot = "erofs-root/";

// Removes the first line from `text` and returns it.
std::string_view TakeLine(std::string_view &text) {
  const auto end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

// Returns what follows the first `count` words of a line of `ls -l`.
std::string_view AfterWords(std::string_view line, int count) {
  for (int i = 0; i < count; ++i) {
    const auto start = line.find_first_not_of(' ');
    if (start == std::string_view::npos) return {};
    line.remove_prefix(std::min(line.find(' ', start), line.size()));
  }
  const auto start = line.find_first_not_of(' ');
  return start == std::string_view::npos ? std::string_view() : line.substr(start);
}

// Removes the folder of an image inside the image. Returns whether the name had one.
bool TakeInnerRoot(std::string_view &name) {
  for (const std::string_view root : {kSquashRoot, kErofsRoot}) {
    if (!name.starts_with(root)) continue;
    name.remove_prefix(root.size());
    return true;
  }
  return false;
}

std::string Lsinitrd() {
  if (auto program = FindProgram("lsinitrd")) return *program;
  throw Error(Reason::kNotSupported, "lsinitrd, which reads an initramfs, is not installed",
              "it comes with dracut");
}

std::string Joined(const std::vector<std::string> &parts) {
  std::string path;
  for (const std::string &part : parts) path += (path.empty() ? "" : "/") + part;
  return path;
}

// Adds the parts of a path, except empty ones and ".".
void Append(std::vector<std::string> &parts, std::string_view path) {
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (!part.empty() && part != ".") parts.emplace_back(part);
  }
}

}  // namespace

InitramfsImage InitramfsImage::Read(const std::string &file) {
  // lsinitrd must not take the file for an option.
  const std::string path = file.starts_with('-') ? "./" + file : file;
  InitramfsImage image = FromListing(OutputOf({Lsinitrd(), path}, kLimit));
  image.file_ = path;
  if (image.paths_.empty()) {
    throw Error(Reason::kBadDevice, file + " is not an initramfs that lsinitrd can read",
                "name the file that the boot loader loads, for instance /boot/initrd.img-VERSION");
  }
  return image;
}

InitramfsImage InitramfsImage::FromListing(std::string_view listing) {
  InitramfsImage image;
  bool in_modules = false;
  while (!listing.empty()) {
    std::string_view line = TakeLine(listing);
    // `find -ls` prints number and size before the fields of `ls -l`.
    if (line.find(kErofsRoot) != std::string_view::npos) {
      const auto first = line.find_first_not_of(' ');
      if (line[first] >= '0' && line[first] <= '9') line = AfterWords(line, 2);
    }
    if (line == kModules) {
      in_modules = true;
    } else if (line.starts_with(kRule)) {
      in_modules = false;
    } else if (in_modules) {
      image.modules_.emplace(line);
    } else if (line.size() > 10 && (line[0] == '-' || line[0] == 'd' || line[0] == 'l')) {
      // "-rw-r--r-- 1 root root 7 Nov 24 10:00 name", or unsquashfs's "-rw-r--r-- root/root 7 DATE
      // TIME squashfs-root/name".
      const std::string_view owner = AfterWords(line, 1);
      const bool squashed = owner.substr(0, owner.find(' ')).find('/') != std::string_view::npos;
      std::string_view name = AfterWords(line, squashed ? 5 : 8);
      constexpr std::string_view kArrow = " -> ";
      const auto arrow = line[0] == 'l' ? name.find(kArrow) : std::string_view::npos;
      std::string target;
      if (arrow != std::string_view::npos) target = name.substr(arrow + kArrow.size());
      name = name.substr(0, arrow);
      const std::string listed(name);
      if (TakeInnerRoot(name)) {
        image.inner_[std::string(name)] = listed;
        // lsinitrd drops the first lines, as if they were a heading. Some of them are folders.
        auto slash = name.rfind('/');
        for (std::string_view folder = name; slash != std::string_view::npos;) {
          folder = folder.substr(0, slash);
          image.paths_.emplace(folder, "");
          slash = folder.rfind('/');
        }
      }
      if (!name.empty() && name != ".") image.paths_[std::string(name)] = std::move(target);
    }
  }
  return image;
}

bool InitramfsImage::Has(std::string_view path) const {
  std::vector<std::string> left;
  Append(left, path);
  std::reverse(left.begin(), left.end());
  std::vector<std::string> done;
  int links = 0;
  while (!left.empty()) {
    const std::string part = std::move(left.back());
    left.pop_back();
    if (part == "..") {
      if (!done.empty()) done.pop_back();
      continue;
    }
    done.push_back(part);
    const auto found = paths_.find(Joined(done));
    if (found == paths_.end()) return false;
    if (found->second.empty()) continue;
    if (++links > kMaxLinks) return false;
    // This is a link, so go on with its target.
    done.pop_back();
    if (found->second.front() == '/') done.clear();
    std::vector<std::string> target;
    Append(target, found->second);
    left.insert(left.end(), target.rbegin(), target.rend());
  }
  return !done.empty();
}

bool InitramfsImage::HasNamed(std::string_view name) const {
  const std::string ending = "/" + std::string(name);
  return std::ranges::any_of(
      paths_, [&](const auto &entry) { return entry.first.ends_with(ending) && Has(entry.first); });
}

std::map<std::string, std::string> InitramfsImage::Texts(
    const std::vector<std::string> &wanted) const {
  std::vector<std::string> arguments = {Lsinitrd()};
  for (const std::string &path : wanted) {
    // cpio takes names as patterns. No file of interest has such a character.
    if (path.find_first_of("*?[\\") != std::string::npos || !Has(path)) continue;
    const auto inner = inner_.find(path);
    arguments.insert(arguments.end(), {"-f", inner == inner_.end() ? path : inner->second});
  }
  if (arguments.size() == 1) return {};
  // lsinitrd prints headings only for two files or more, so add one that does not exist.
  arguments.insert(arguments.end(), {"-f", "cryptsetup-tpm2/no/such/file", file_});
  std::map<std::string, std::string> texts;
  for (auto &[listed, text] : TextsFrom(OutputOf(arguments, kLimit))) {
    std::string_view name = listed;
    // Older versions of lsinitrd print no files of an inner image.
    if (TakeInnerRoot(name) && text.empty()) continue;
    texts[std::string(name)] = std::move(text);
  }
  return texts;
}

std::map<std::string, std::string> InitramfsImage::TextsFrom(std::string_view output) {
  std::map<std::string, std::string> texts;
  while (!output.empty()) {
    const std::string_view heading = TakeLine(output);
    if (!heading.starts_with(kFileHeading)) continue;
    const std::string name(heading.substr(kFileHeading.size()));
    const std::string_view rule = TakeLine(output);
    if (!rule.starts_with(kRule)) continue;
    // The same rule follows the file, on the same line if the file has no newline at its end. A
    // rule that is not followed by the next heading or the end belongs to the file.
    const std::string after = std::string(rule) + "\n\n" + std::string(kFileHeading);
    auto end = output.find(after);
    if (end == std::string_view::npos) end = output.rfind(rule);
    if (end == std::string_view::npos) continue;
    texts[name] = std::string(output.substr(0, end));
    output.remove_prefix(end + rule.size());
  }
  return texts;
}

}  // namespace tpm2_sealed
