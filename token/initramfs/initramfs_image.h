// SPDX-License-Identifier: LGPL-2.1-or-later
// InitramfsImage: the files of a built initramfs, as dracut's lsinitrd shows them, which knows
// every compression, early microcode and unified kernel images.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tpm2_sealed {

class InitramfsImage {
 public:
  // Reads the image with lsinitrd. Throws Error(kBadDevice) if there are no files in it, or
  // Error(kNotSupported) if lsinitrd is not installed.
  static InitramfsImage Read(const std::string &file);
  // From what lsinitrd prints without options.
  static InitramfsImage FromListing(std::string_view listing);

  // Paths without a slash in front. Follows symbolic links, of folders too, within the image.
  bool Has(std::string_view path) const;
  // A file or link of that name, in whatever folder.
  bool HasNamed(std::string_view name) const;
  // All paths, for searching.
  const std::map<std::string, std::string> &paths() const { return paths_; }
  bool HasModule(const std::string &name) const { return modules_.contains(name); }

  // Texts of files that are there, in one call of lsinitrd; for those that it does not give,
  // nothing (a file inside a squashed image, with older versions).
  std::map<std::string, std::string> Texts(const std::vector<std::string> &wanted) const;
  // From what `lsinitrd -f A -f B` prints, for two files or more.
  static std::map<std::string, std::string> TextsFrom(std::string_view output);

 private:
  std::string file_;
  std::map<std::string, std::string> paths_;  // to the link's target, or empty
  std::map<std::string, std::string> inner_;  // those in an image inside: how lsinitrd calls them
  std::set<std::string> modules_;             // dracut's
};

}  // namespace tpm2_sealed
