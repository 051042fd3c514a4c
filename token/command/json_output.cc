// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/command/json_output.h"

#include <json-c/json.h>
#include <new>

#include "lib/base/encoding.h"
#include "lib/base/utf8.h"
#include "lib/tpm/link/public_area.h"
#include "token/host/reason_table.h"

namespace tpm2_sealed {

void JsonOutput::Free::operator()(json_object *object) const noexcept {
  (void)json_object_put(object);
}

JsonOutput::JsonOutput() : object_(json_object_new_object()) {
  if (!object_) throw std::bad_alloc();
}

JsonOutput &JsonOutput::Add(const char *key, json_object *value) {
  if (json_object_object_add(object_.get(), key, value) != 0) throw std::bad_alloc();
  return *this;
}

// JSON is UTF-8, and a path, or what a chip says of itself, need not be.
JsonOutput &JsonOutput::Set(const char *key, const std::string &value) {
  const std::string text = AsUtf8(value);
  return Add(key, json_object_new_string_len(text.data(), static_cast<int>(text.size())));
}
JsonOutput &JsonOutput::Set(const char *key, int value) {
  return Add(key, json_object_new_int(value));
}
JsonOutput &JsonOutput::Set(const char *key, std::uint32_t value) {
  return Add(key, json_object_new_int64(value));
}
JsonOutput &JsonOutput::Set(const char *key, bool value) {
  return Add(key, json_object_new_boolean(value ? 1 : 0));
}
JsonOutput &JsonOutput::Set(const char *key, JsonOutput value) {
  return Add(key, value.object_.release());
}
JsonOutput &JsonOutput::Set(const char *key, std::vector<JsonOutput> values) {
  json_object *array = json_object_new_array();
  for (JsonOutput &value : values) json_object_array_add(array, value.object_.release());
  return Add(key, array);
}
JsonOutput &JsonOutput::Set(const char *key, const std::vector<int> &values) {
  json_object *array = json_object_new_array();
  for (const int value : values) json_object_array_add(array, json_object_new_int(value));
  return Add(key, array);
}
JsonOutput &JsonOutput::Set(const char *key, const std::vector<std::string> &values) {
  json_object *array = json_object_new_array();
  for (const std::string &value : values) {
    json_object_array_add(array, json_object_new_string(AsUtf8(value).c_str()));
  }
  return Add(key, array);
}
JsonOutput &JsonOutput::SetNull(const char *key) { return Add(key, nullptr); }
JsonOutput &JsonOutput::SetParsed(const char *key, const std::string &text) {
  return Add(key, json_tokener_parse(text.c_str()));
}

std::string JsonOutput::Text() const {
  const int flags =
      JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE;
  // With escapes a header's strings do nothing to a terminal, and a parser still gets the same
  // strings.
  return WithEscapes(json_object_to_json_string_ext(object_.get(), flags)) + "\n";
}

JsonOutput ErrorJson(const Error &error) {
  const ReasonRow &row = RowOf(error.reason());
  JsonOutput json;
  json.Set("code", row.exit_status).Set("reason", row.name);
  json.Set("message", error.what()).Set("hint", error.hint());
  return json;
}

JsonOutput KeyJson(const TokenRecord::Key &key) {
  JsonOutput json;
  json.Set("template", key.template_name);
  if (key.handle) {
    json.Set("handle", FormatHandle(*key.handle));
  } else {
    json.SetNull("handle");
  }
  try {
    json.Set("name", HexEncode(PublicArea::Parse(key.public_area, "the key").Name()));
  } catch (const Error &) {
    // This OpenSSL lacks the hash. One token must not keep the others from being shown.
    json.SetNull("name");
  }
  return json;
}

JsonOutput PcrsJson(const TokenRecord::Pcrs &pcrs) {
  JsonOutput values;
  for (const auto &[pcr, value] : pcrs.values) {
    values.Set(std::to_string(pcr).c_str(), HexEncode(value));
  }
  JsonOutput json;
  json.Set("bank", pcrs.bank).Set("values", std::move(values));
  return json;
}

std::vector<JsonOutput> WarningsJson(const std::vector<Warning> &warnings) {
  std::vector<JsonOutput> list;
  for (const Warning &warning : warnings) {
    JsonOutput json;
    json.Set("id", warning.id).Set("message", warning.message);
    list.push_back(std::move(json));
  }
  return list;
}

void SetTokenFields(JsonOutput &json, const TokenRecord &record) {
  json.Set("session_encryption", record.encryption).Set("salt_key", KeyJson(record.salt_key));
  if (record.pcrs) {
    json.Set("pcrs", PcrsJson(*record.pcrs));
  } else {
    json.SetNull("pcrs");
  }
  if (record.latch) {
    json.Set("latch", static_cast<int>(*record.latch));
  } else {
    json.SetNull("latch");
  }
  json.Set("pin", record.pin.has_value());
  if (!record.ek_certificate) {
    json.SetNull("ek_certificate");
    return;
  }
  JsonOutput certificate;
  certificate.Set("verified", true).Set("issuer", record.ek_certificate->issuer);
  certificate.Set("serial", record.ek_certificate->serial);
  json.Set("ek_certificate", std::move(certificate));
}

}  // namespace tpm2_sealed
