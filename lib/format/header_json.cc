// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/format/header_json.h"

#include <json-c/json.h>

#include "lib/base/defaults.h"
#include "lib/base/encoding.h"
#include "lib/base/error.h"
#include "lib/format/json_reader.h"

namespace tpm2_sealed {

namespace {

JsonObject TryParse(std::string_view json) {
  try {
    return ParseJsonObject(json, kHeaderLimits);
  } catch (const Error &) {
    return nullptr;
  }
}

}  // namespace

std::optional<std::vector<int>> TokensInOrder(std::string_view json) {
  const JsonObject header = TryParse(json);
  if (!header) return std::nullopt;
  std::vector<int> numbers;
  json_object *tokens = nullptr;
  // json-c's foreach dereferences a null pointer for anything but an object.
  if (!json_object_object_get_ex(header.get(), "tokens", &tokens) ||
      !json_object_is_type(tokens, json_type_object)) {
    return numbers;
  }
  json_object_object_foreach(tokens, name, token) {
    (void)token;
    if (const auto number = ParseDecimal(name, kLuksTokens - 1)) {
      numbers.push_back(static_cast<int>(*number));
    }
  }
  return numbers;
}

}  // namespace tpm2_sealed
