// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/format/json_value.h"

#include <json-c/json.h>
#include <new>

#include "lib/base/c_handle.h"
#include "lib/base/error.h"

namespace tpm2_sealed {
namespace {

// Takes ownership of `value`.
void Add(const JsonObject &object, const char *name, json_object *value) {
  if (value == nullptr || json_object_object_add(object.get(), name, value) != 0) {
    throw std::bad_alloc();
  }
}

}  // namespace

void JsonFree::operator()(json_object *object) const noexcept { (void)json_object_put(object); }

JsonObject ParseJsonObject(std::string_view text, JsonLimits limits) {
  const auto fail = [](const std::string &problem) {
    throw Error(Reason::kBadToken, "the token is not valid JSON: " + problem, kDamagedHint);
  };
  if (text.size() > limits.size) {
    fail("it is longer than " + std::to_string(limits.size / 1024) + " KiB");
  }
  CHandle<json_tokener, json_tokener_free> tokener(json_tokener_new_ex(limits.depth));
  if (!tokener) throw std::bad_alloc();
  JsonObject object(
      json_tokener_parse_ex(tokener.get(), text.data(), static_cast<int>(text.size())));
  const json_tokener_error error = json_tokener_get_error(tokener.get());
  if (error == json_tokener_error_depth) {
    fail("it is nested more than " + std::to_string(limits.depth) + " levels deep");
  }
  if (error == json_tokener_continue) fail("it ends too early");
  if (error != json_tokener_success) fail(json_tokener_error_desc(error));
  const auto end = json_tokener_get_parse_end(tokener.get());
  if (text.find_first_not_of(" \t\r\n", end) != std::string_view::npos) {
    fail("something follows after its end");
  }
  if (!json_object_is_type(object.get(), json_type_object)) fail("it is not an object");
  return object;
}

JsonObject NewObject() {
  JsonObject object(json_object_new_object());
  if (!object) throw std::bad_alloc();
  return object;
}

void AddText(const JsonObject &object, const char *name, std::string_view text) {
  Add(object, name, json_object_new_string_len(text.data(), static_cast<int>(text.size())));
}

void AddNumber(const JsonObject &object, const char *name, std::int64_t number) {
  Add(object, name, json_object_new_int64(number));
}

void AddTrue(const JsonObject &object, const char *name) {
  Add(object, name, json_object_new_boolean(1));
}

void AddObject(const JsonObject &object, const char *name, JsonObject value) {
  Add(object, name, value.release());
}

std::string CompactText(const JsonObject &object) {
  return json_object_to_json_string_ext(object.get(),
                                        JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

}  // namespace tpm2_sealed
