// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/format/policy_pin.h"

#include <string>

#include "lib/base/encoding.h"
#include "lib/format/json_reader.h"

namespace tpm2_sealed {
namespace {

constexpr std::size_t kPinSalt = 32;

}  // namespace

// An unknown field might change the authValue, and the TPM counts each try with a wrong one.
PolicyPin ReadPolicyPin(const JsonReader &pin) {
  pin.RefuseUnknown({"kdf", "memory_kib", "iterations", "lanes", "salt"});
  if (const std::string kdf = pin.String("kdf"); kdf != "argon2id") {
    pin.Fail("kdf", "'" + kdf + "' is unknown to this version");
  }
  PolicyPin read;
  read.memory_kib = pin.Number("memory_kib", 8);
  read.iterations = pin.Number("iterations", 1);
  (void)pin.Number("lanes", 1, 1);
  read.salt = pin.Base64("salt", kPinSalt);
  if (read.salt.size() != kPinSalt) pin.Fail("salt", "must be 32 bytes");
  return read;
}

void AddPolicyPin(const JsonObject &token, const PolicyPin &pin) {
  JsonObject json = NewObject();
  AddText(json, "kdf", "argon2id");
  AddNumber(json, "memory_kib", pin.memory_kib);
  AddNumber(json, "iterations", pin.iterations);
  AddNumber(json, "lanes", 1);
  AddText(json, "salt", Base64Encode(pin.salt));
  AddObject(token, kPinField, std::move(json));
}

}  // namespace tpm2_sealed
