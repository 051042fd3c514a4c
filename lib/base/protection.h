// SPDX-License-Identifier: LGPL-2.1-or-later
// Protection: how a session protects what crosses the bus between CPU and TPM. It stands in
// lib/base since both lib/format, which reads it from the token, and lib/tpm, which applies it,
// need it.
#pragma once

#include <optional>
#include <string_view>

namespace tpm2_sealed {

// How parameters are encrypted (TPM 2.0 Part 1, section 21), weakest first, so that a protection
// can be compared with a floor. No variable of this type has kPlain as its default, and none is
// optional: a forgotten decision must not become plain text.
enum class Protection {
  kPlain,
  kXor,  // XOR obfuscation with a mask from the session key: every TPM 2.0 has it
  kAes,
};

// Returns the token's name for it: "aes-128-cfb", "xor-sha256", "none".
std::string_view ProtectionName(Protection protection);
// Returns nullopt for any other text.
std::optional<Protection> ProtectionByName(std::string_view name);

// A protection that encrypts. The compiler refuses kPlain, and any value that is not a constant, so
// code that compiles cannot build a salted session that sends plain text.
class Encryption {
 public:
  consteval Encryption(Protection protection) : protection_(protection) {
    if (protection == Protection::kPlain) throw "plain text is no encryption";
  }
  constexpr operator Protection() const { return protection_; }

 private:
  Protection protection_;
};

}  // namespace tpm2_sealed
