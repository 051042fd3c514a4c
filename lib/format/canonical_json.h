// SPDX-License-Identifier: LGPL-2.1-or-later
// CanonicalObject: JSON in the canonical form of RFC 8785, which has one text for each value. It
// has objects, strings, booleans and whole numbers from 0 to 2^53-1 only.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace tpm2_sealed {

class CanonicalObject {
 public:
  // Throws Error(kBadToken) if `text` is not UTF-8. A later member replaces an earlier one of the
  // same name.
  CanonicalObject &Set(const std::string &name, std::string_view text);
  CanonicalObject &Set(const std::string &name, const char *text) {
    return Set(name, std::string_view(text));
  }
  CanonicalObject &Set(const std::string &name, bool value);
  // Throws Error(kBadToken) above 2^53-1, where RFC 8785 does not keep a number exact.
  CanonicalObject &Set(const std::string &name, std::uint64_t value);
  CanonicalObject &Set(const std::string &name, const CanonicalObject &value);

  // Returns the text, without white space, with the names sorted by their bytes.
  std::string Text() const;

 private:
  // The names as they are, and their values as JSON text.
  std::map<std::string, std::string> members_;
};

}  // namespace tpm2_sealed
