// SPDX-License-Identifier: LGPL-2.1-or-later
// JsonObject: owns a JSON object, and parses, builds and prints it. Only the .cc files of this
// folder include json-c.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct json_object;

namespace tpm2_sealed {

struct JsonFree {
  void operator()(json_object *object) const noexcept;
};
using JsonObject = std::unique_ptr<json_object, JsonFree>;

struct JsonLimits {
  int depth;
  std::size_t size;
};
// libcryptsetup reads headers with json-c's default depth, 32, and a token is two levels down in
// the header: 'cryptsetup token import' would accept a token 31 deep, and then nobody could read
// the header. Our tokens need 4.
inline constexpr JsonLimits kTokenLimits = {.depth = 16, .size = 64 * 1024};
// LUKS2 on-disk format 1.1.1, section 3: a header is at most 4 MiB.
inline constexpr JsonLimits kHeaderLimits = {.depth = 32, .size = 4 * 1024 * 1024};

// The hint in messages about a token that cannot be read.
inline constexpr const char *kDamagedHint = "the token is damaged or was made by other software";

// Parses a complete JSON object. Throws Error(kBadToken).
JsonObject ParseJsonObject(std::string_view text, JsonLimits limits = kTokenLimits);

JsonObject NewObject();
// These set a field of `object`.
void AddText(const JsonObject &object, const char *name, std::string_view text);
void AddNumber(const JsonObject &object, const char *name, std::int64_t number);
void AddTrue(const JsonObject &object, const char *name);
void AddObject(const JsonObject &object, const char *name, JsonObject value);

// Returns one line without white space.
std::string CompactText(const JsonObject &object);

}  // namespace tpm2_sealed
