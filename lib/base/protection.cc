// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/base/protection.h"

#include <algorithm>
#include <array>

namespace tpm2_sealed {
namespace {

struct NamedProtection {
  Protection protection;
  std::string_view name;
};
constexpr std::array<NamedProtection, 3> kProtections = {{
    {Protection::kPlain, "none"},
    {Protection::kXor, "xor-sha256"},
    {Protection::kAes, "aes-128-cfb"},
}};

}  // namespace

std::string_view ProtectionName(Protection protection) {
  return std::ranges::find(kProtections, protection, &NamedProtection::protection)->name;
}

std::optional<Protection> ProtectionByName(std::string_view name) {
  const auto *found = std::ranges::find(kProtections, name, &NamedProtection::name);
  if (found == kProtections.end()) return std::nullopt;
  return found->protection;
}

}  // namespace tpm2_sealed
