// SPDX-License-Identifier: LGPL-2.1-or-later
// JsonReader: reads one JSON object field by field, and names the field's path in every message.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/bytes.h"
#include "lib/format/canonical_json.h"
#include "lib/format/json_value.h"

namespace tpm2_sealed {

class JsonReader {
 public:
  // `object` must outlive the reader. `path` is empty for the token itself.
  // The functions that read a field throw Error(kBadToken) if it is missing or not as asked.
  JsonReader(json_object *object, std::string path) : object_(object), path_(std::move(path)) {}

  // Returns true for a field that is null, too: it exists with the wrong type.
  bool Has(const char *name) const;
  JsonReader Object(const char *name) const;
  std::string String(const char *name) const;
  std::uint32_t Number(const char *name, std::uint32_t min,
                       std::uint32_t max = std::numeric_limits<std::uint32_t>::max()) const;
  bool Bool(const char *name) const;
  // Returns the 1 to `max_size` bytes that the base64 text stands for.
  Bytes Base64(const char *name, std::size_t max_size) const;
  std::uint32_t Handle(const char *name) const;

  // Calls `each` with every element of an array of strings.
  void ForEachString(const char *name, const std::function<void(const std::string &)> &each) const;
  // Calls `each` with name and text of every field of this object, all of which must be strings.
  void ForEachField(
      const std::function<void(const std::string &, const std::string &)> &each) const;

  // Copies the field with all its members to `text`; does nothing if this object does not have it.
  // Throws Error(kBadToken) for values that CanonicalObject cannot hold.
  void CopyTo(CanonicalObject &text, const char *name) const;

  // Throws Error(kBadToken) that asks for newer software if this object has a field that is not in
  // `known`.
  void RefuseUnknown(std::initializer_list<std::string_view> known) const;

  // Throws Error(kBadToken): "token field PATH.name: problem".
  [[noreturn]] void Fail(const char *name, const std::string &problem) const;

 private:
  // `type` is a json_type of json-c.
  json_object *Get(const char *name, int type) const;

  json_object *object_;
  std::string path_;
};

}  // namespace tpm2_sealed
