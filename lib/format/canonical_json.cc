// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/format/canonical_json.h"

#include "lib/base/encoding.h"
#include "lib/base/error.h"
#include "lib/base/utf8.h"

namespace tpm2_sealed {
namespace {

constexpr std::uint64_t kMaxNumber = (std::uint64_t{1} << 53) - 1;

// RFC 8785, section 3.2.2.2: seven characters have an escape of two characters, other control
// characters one of six, and all others stay as they are. '/' is not escaped, unlike json-c's
// default.
std::string Quoted(std::string_view text) {
  if (!IsUtf8(text)) throw Error(Reason::kBadToken, "a string in the token is not UTF-8");
  constexpr std::string_view kShort = "\b\t\n\f\r\"\\", kLetters = "btnfr\"\\";
  std::string quoted = "\"";
  for (const char c : text) {
    if (const auto at = kShort.find(c); at != std::string_view::npos) {
      quoted += '\\';
      quoted += kLetters[at];
    } else if (static_cast<unsigned char>(c) < 0x20) {
      const auto byte = static_cast<std::uint8_t>(c);
      quoted += "\\u00" + HexEncode({&byte, 1});
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace

CanonicalObject &CanonicalObject::Set(const std::string &name, std::string_view text) {
  members_[name] = Quoted(text);
  return *this;
}

CanonicalObject &CanonicalObject::Set(const std::string &name, bool value) {
  members_[name] = value ? "true" : "false";
  return *this;
}

CanonicalObject &CanonicalObject::Set(const std::string &name, std::uint64_t value) {
  if (value > kMaxNumber) {
    throw Error(Reason::kBadToken, "a number in the token is above 2^53-1");
  }
  members_[name] = std::to_string(value);
  return *this;
}

CanonicalObject &CanonicalObject::Set(const std::string &name, const CanonicalObject &value) {
  members_[name] = value.Text();
  return *this;
}

std::string CanonicalObject::Text() const {
  std::string text = "{";
  // The map sorts the names: std::string compares bytes as unsigned.
  for (const auto &[name, value] : members_) {
    if (text.size() > 1) text += ',';
    text += Quoted(name) + ':' + value;
  }
  return text + '}';
}

}  // namespace tpm2_sealed
