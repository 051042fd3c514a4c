// SPDX-License-Identifier: LGPL-2.1-or-later
// InitramfsImage: the files of a built initramfs. dracut's lsinitrd reads them, since it knows
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
  // Parses what lsinitrd prints without options.
  static InitramfsImage FromListing(std::string_view listing);

  // Paths have no leading slash. Follows symbolic links, also those of folders, within the image.
  bool Has(std::string_view path) const;
  // Returns whether a file or link of that name is in any folder.
  bool HasNamed(std::string_view name) const;
  // Returns all paths, for searching.
  const std::map<std::string, std::string> &paths() const { return paths_; }
  bool HasModule(const std::string &name) const { return modules_.contains(name); }

  // Returns the texts of the wanted files that exist, with one call of lsinitrd. Files that
  // lsinitrd cannot print are missing (inside a squashed image, with older versions).
  std::map<std::string, std::string> Texts(const std::vector<std::string> &wanted) const;
  // Parses what `lsinitrd -f A -f B` prints for two files or more.
  static std::map<std::string, std::string> TextsFrom(std::string_view output);

 private:
  std::string file_;
  std::map<std::string, std::string> paths_;  // path to target of the link, or empty
  std::map<std::string, std::string> inner_;  // path in an inner image to lsinitrd's name for it
  std::set<std::string> modules_;             // dracut's
};

}  // namespace tpm2_sealed
