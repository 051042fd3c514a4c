// SPDX-License-Identifier: LGPL-2.1-or-later
// CanonicalObject: JSON text that is the same whoever writes it, as RFC 8785 says, restricted to
// objects, strings, booleans and whole numbers from 0 to 2^53-1.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace tpm2_sealed {

class CanonicalObject {
 public:
  // Throws Error(kBadToken) for what is no UTF-8. Of two members with the same name the last
  // counts.
  CanonicalObject &Set(const std::string &name, std::string_view text);
  CanonicalObject &Set(const std::string &name, const char *text) {
    return Set(name, std::string_view(text));
  }
  CanonicalObject &Set(const std::string &name, bool value);
  // Throws Error(kBadToken) above 2^53-1, where RFC 8785 does not keep a number exact.
  CanonicalObject &Set(const std::string &name, std::uint64_t value);
  CanonicalObject &Set(const std::string &name, const CanonicalObject &value);

  // Without white space, the names sorted by their bytes.
  std::string Text() const;

 private:
  // In JSON text: quoted and escaped names, and their values. Sorted by the names themselves.
  std::map<std::string, std::string> members_;
};

}  // namespace tpm2_sealed
