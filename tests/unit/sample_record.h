// SPDX-License-Identifier: LGPL-2.1-or-later
// A valid record with every field that a token can have, and its JSON with one field changed.
#pragma once

#include <json-c/json.h>
#include <string>
#include <string_view>
#include <vector>

#include "lib/format/json_value.h"
#include "lib/format/token_record.h"

#include "tests/unit/test.h"

namespace tpm2_sealed::test {

// What stands in the areas does not matter to the record: sealed_token_test is about that.
inline TokenRecord FullRecord() {
  TokenRecord record;
  record.keyslots = {1, 31};
  record.created = "2026-11-22T10:00:00Z";
  record.label = "laptop";
  record.encryption = "aes-128-cfb";
  record.salt_key = {.template_name = "ek-ecc-p256",
                     .handle = 0x81010002,
                     .public_area = Bytes(100, 0xff),
                     .esys = Bytes(4, 0xe5)};
  record.parent = {.template_name = "srk-ecc-p256",
                   .handle = 0x81000001,
                   .public_area = Bytes(90, 0xbb),
                   .esys = Bytes(5, 0xe6)};
  record.sealed_public = Bytes(48, 0xcc);
  record.sealed_private = Bytes(50, 0xdd);
  record.pcrs = TokenRecord::Pcrs{
      .bank = "sha256",
      .values = {{0, Bytes(32, 0xa0)}, {7, Bytes(32, 0xa7)}, {15, Bytes(32, 0x00)}}};
  record.latch = 15;
  record.pin = TokenRecord::Pin{.memory_kib = 1048576, .iterations = 4, .salt = Bytes(32, 0x5a)};
  record.passphrase = PassphraseForm::kHkdfPin;
  record.pending = true;
  record.ek_certificate = CertificateId{.issuer = "CN=Vendor", .serial = "1a2b"};
  record.mac = Bytes(32, 0x3c);
  return record;
}

inline JsonObject ParsedJson(const std::string &json) {
  JsonObject object(json_tokener_parse(json.c_str()));
  Expect(object != nullptr, "JSON of the test: " + json);
  return object;
}

inline std::string JsonText(const JsonObject &object) {
  return json_object_to_json_string_ext(object.get(),
                                        JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

// `json` with the field at `path` ("session.salt_key.public") set to `value`, a JSON text; without
// the field if that is nullptr. The objects on the way must be there.
inline std::string WithField(const std::string &json, std::string_view path, const char *value) {
  const JsonObject root = ParsedJson(json);
  json_object *object = root.get();
  for (auto dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    json_object *next = nullptr;
    Expect(json_object_object_get_ex(object, std::string(path.substr(0, dot)).c_str(), &next) != 0,
           std::string(path) + " in the test's token");
    object = next;
    path.remove_prefix(dot + 1);
  }
  const std::string name(path);
  if (value == nullptr) {
    Expect(json_object_object_get_ex(object, name.c_str(), nullptr) != 0, name + " is there");
    json_object_object_del(object, name.c_str());
    return JsonText(root);
  }
  // In an array, since json-c parses no scalar at the top without a character after it.
  const JsonObject holder = ParsedJson("[" + std::string(value) + "]");
  json_object_object_add(object, name.c_str(),
                         json_object_get(json_object_array_get_idx(holder.get(), 0)));
  return JsonText(root);
}

// A JSON string.
inline std::string Quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

// Parses a copy without room behind it: a sanitizer sees a read past the end.
inline TokenRecord ParseExact(std::string_view json) {
  const std::vector<char> exact(json.begin(), json.end());
  return TokenRecord::Parse({exact.data(), exact.size()});
}

// Fails unless the token is refused with a message that contains `part`.
inline void ExpectRefused(std::string_view json, std::string_view part,
                          Where where = Where::Here()) {
  ExpectError(
      Reason::kBadToken, [&] { (void)ParseExact(json); }, part, where);
}

}  // namespace tpm2_sealed::test
