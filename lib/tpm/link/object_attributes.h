// SPDX-License-Identifier: LGPL-2.1-or-later
// ObjectAttributes: the attributes of a TPM object (TPM 2.0 Part 2, section 8.3), as a set.
#pragma once

#include <cstdint>

namespace tpm2_sealed {

// The values are the TPM's bits; object_attributes.cc compares them with the TSS's.
enum class ObjectAttributes : std::uint32_t {
  kNone = 0,
  kFixedTpm = 1u << 1,
  kFixedParent = 1u << 4,
  kSensitiveDataOrigin = 1u << 5,
  kUserWithAuth = 1u << 6,
  kAdminWithPolicy = 1u << 7,
  kNoDa = 1u << 10,
  kRestricted = 1u << 16,
  kDecrypt = 1u << 17,
  kSignEncrypt = 1u << 18,
};

constexpr std::uint32_t Raw(ObjectAttributes attributes) {
  return static_cast<std::uint32_t>(attributes);
}
constexpr ObjectAttributes operator|(ObjectAttributes a, ObjectAttributes b) {
  return static_cast<ObjectAttributes>(Raw(a) | Raw(b));
}

}  // namespace tpm2_sealed
