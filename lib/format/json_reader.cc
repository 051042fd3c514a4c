// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/format/json_reader.h"

#include <json-c/json.h>
#include <algorithm>

#include "lib/base/encoding.h"
#include "lib/base/error.h"
#include "lib/base/utf8.h"

namespace tpm2_sealed {
namespace {

const char *TypeName(json_type type) {
  switch (type) {
    case json_type_null:
      return "null";
    case json_type_boolean:
      return "true or false";
    case json_type_double:
      return "a fraction";
    case json_type_int:
      return "a whole number";
    case json_type_object:
      return "an object";
    case json_type_array:
      return "an array";
    case json_type_string:
      return "a string";
  }
  return "something else";
}

std::string Text(json_object *value) {
  return {json_object_get_string(value),
          static_cast<std::size_t>(json_object_get_string_len(value))};
}

// json-c accepts zero bytes and bytes that are not UTF-8 in a string. Our tokens have neither.
const char *ProblemOf(const std::string &text) {
  if (text.find('\0') != std::string::npos) return "contains a zero byte";
  return IsUtf8(text) ? nullptr : "is not UTF-8 text";
}

}  // namespace

void JsonReader::Fail(const char *name, const std::string &problem) const {
  const std::string field = path_.empty() ? name : path_ + "." + name;
  throw Error(Reason::kBadToken, "token field " + field + ": " + problem, kDamagedHint);
}

void JsonReader::CopyTo(CanonicalObject &text, const char *name) const {
  json_object *value = nullptr;
  if (!json_object_object_get_ex(object_, name, &value)) return;
  const json_type type = json_object_get_type(value);
  if (type == json_type_string) {
    text.Set(name, String(name));
  } else if (type == json_type_boolean) {
    text.Set(name, Bool(name));
  } else if (type == json_type_int) {
    const std::int64_t number = json_object_get_int64(value);
    if (number < 0) Fail(name, "is below zero");
    text.Set(name, static_cast<std::uint64_t>(number));
  } else if (type == json_type_object) {
    const JsonReader inner = Object(name);
    CanonicalObject members;
    json_object_object_foreach(value, member, member_value) {
      (void)member_value;
      inner.CopyTo(members, member);
    }
    text.Set(name, members);
  } else {
    Fail(name, std::string("cannot be ") + TypeName(type));
  }
}

void JsonReader::RefuseUnknown(std::initializer_list<std::string_view> known) const {
  json_object_object_foreach(object_, name, value) {
    (void)value;
    if (std::ranges::find(known, std::string_view(name)) != known.end()) continue;
    // The name comes from the header and may not be UTF-8, which a message must not repeat.
    const std::string field = (path_.empty() ? "" : path_ + ".") + AsUtf8(name);
    throw Error(Reason::kBadToken, "token field " + field + ": is not understood by this version",
                "a newer cryptsetup-tpm2 is needed for this token");
  }
}

bool JsonReader::Has(const char *name) const {
  return json_object_object_get_ex(object_, name, nullptr) != 0;
}

json_object *JsonReader::Get(const char *name, int type) const {
  json_object *value = nullptr;
  if (!json_object_object_get_ex(object_, name, &value)) Fail(name, "is missing");
  const json_type found = json_object_get_type(value);
  if (found != type) {
    Fail(name, std::string("must be ") + TypeName(static_cast<json_type>(type)) + ", not " +
                   TypeName(found));
  }
  return value;
}

JsonReader JsonReader::Object(const char *name) const {
  json_object *value = Get(name, json_type_object);
  return JsonReader(value, path_.empty() ? name : path_ + "." + name);
}

std::string JsonReader::String(const char *name) const {
  std::string text = Text(Get(name, json_type_string));
  if (const char *problem = ProblemOf(text)) Fail(name, problem);
  return text;
}

std::uint32_t JsonReader::Number(const char *name, std::uint32_t min, std::uint32_t max) const {
  const std::int64_t value = json_object_get_int64(Get(name, json_type_int));
  if (value < min || value > max) {
    Fail(name, "must be from " + std::to_string(min) + " to " + std::to_string(max));
  }
  return static_cast<std::uint32_t>(value);
}

bool JsonReader::Bool(const char *name) const {
  return json_object_get_boolean(Get(name, json_type_boolean)) != 0;
}

Bytes JsonReader::Base64(const char *name, std::size_t max_size) const {
  const std::string text = String(name);
  std::optional<Bytes> bytes = Base64Decode(text);
  if (bytes && bytes->size() > max_size) {
    Fail(name, "is longer than the " + std::to_string(max_size) + " bytes that it can have");
  }
  if (!bytes || bytes->empty()) Fail(name, "is not valid base64");
  return *std::move(bytes);
}

std::uint32_t JsonReader::Handle(const char *name) const {
  const auto handle = ParseHandle(String(name));
  if (!handle) Fail(name, "is not a handle such as \"0x81000001\"");
  return *handle;
}

void JsonReader::ForEachString(const char *name,
                               const std::function<void(const std::string &)> &each) const {
  json_object *array = Get(name, json_type_array);
  for (std::size_t i = 0; i < json_object_array_length(array); ++i) {
    json_object *element = json_object_array_get_idx(array, i);
    if (!json_object_is_type(element, json_type_string)) Fail(name, "must contain strings only");
    const std::string text = Text(element);
    if (const char *problem = ProblemOf(text)) Fail(name, problem);
    each(text);
  }
}

void JsonReader::ForEachField(
    const std::function<void(const std::string &, const std::string &)> &each) const {
  json_object_object_foreach(object_, name, value) {
    if (!json_object_is_type(value, json_type_string)) Fail(name, "must be a string");
    const std::string text = Text(value);
    if (const char *problem = ProblemOf(text)) Fail(name, problem);
    each(name, text);
  }
}

}  // namespace tpm2_sealed
