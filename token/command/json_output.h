// SPDX-License-Identifier: LGPL-2.1-or-later
// JsonOutput: the objects that --json prints. The keys are a contract: they are only ever added.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/action/seal.h"
#include "lib/base/error.h"
#include "lib/format/token_record.h"

struct json_object;

namespace tpm2_sealed {

// A JSON object that is being built. It moves into the object or list that it becomes part of.
class JsonOutput {
 public:
  JsonOutput();
  JsonOutput &Set(const char *key, const std::string &value);
  JsonOutput &Set(const char *key, const char *value) { return Set(key, std::string(value)); }
  JsonOutput &Set(const char *key, int value);
  JsonOutput &Set(const char *key, std::uint32_t value);
  JsonOutput &Set(const char *key, bool value);
  JsonOutput &Set(const char *key, JsonOutput value);
  JsonOutput &Set(const char *key, std::vector<JsonOutput> values);
  JsonOutput &Set(const char *key, const std::vector<int> &values);
  JsonOutput &Set(const char *key, const std::vector<std::string> &values);
  JsonOutput &SetNull(const char *key);
  // `text` is a JSON object already.
  JsonOutput &SetParsed(const char *key, const std::string &text);
  // Returns the object as indented text, with a newline at the end.
  std::string Text() const;

 private:
  JsonOutput &Add(const char *key, json_object *value);
  struct Free {
    void operator()(json_object *object) const noexcept;
  };
  std::unique_ptr<json_object, Free> object_;
};

// The parts that several actions share.
JsonOutput ErrorJson(const Error &error);
JsonOutput KeyJson(const TokenRecord::Key &key);
JsonOutput PcrsJson(const TokenRecord::Pcrs &pcrs);
std::vector<JsonOutput> WarningsJson(const std::vector<Warning> &warnings);
// Sets session_encryption, salt_key, pcrs, latch, pin and ek_certificate of a token.
void SetTokenFields(JsonOutput &json, const TokenRecord &record);

}  // namespace tpm2_sealed
