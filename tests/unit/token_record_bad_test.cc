// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that a token with a field missing, ill-typed or contradicting another, or from another
// version is refused, with the name of the field. Values out of range: token_record_range_test.
// What is no JSON at all: json_reader_test.
#include "lib/format/token_record.h"

#include <set>

#include "tests/unit/sample_record.h"
#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

std::string Valid() { return FullRecord().ToJson(); }

// Those that may be absent; all others of FullRecord() have to be there.
const std::set<std::string> kOptional = {
    "pending",
    "label",
    "session.salt_key.handle",
    "session.salt_key.esys",
    "parent.handle",
    "parent.esys",
    "policy.latch",
    "ek_certificate",
    "mac",
};
// Those that take another field with them, tested by themselves below.
const std::set<std::string> kTogether = {"policy.pcr", "pin"};

struct Field {
  std::string path;
  json_type type;
};

// All fields of `object` and below it, so that none is forgotten here when the format gets another.
void Collect(json_object *object, const std::string &prefix, std::vector<Field> &fields) {
  json_object_object_foreach(object, name, value) {
    fields.push_back({prefix + name, json_object_get_type(value)});
    if (json_object_is_type(value, json_type_object)) Collect(value, prefix + name + ".", fields);
  }
}

std::vector<Field> AllFields() {
  std::vector<Field> fields;
  const JsonObject object = ParsedJson(Valid());
  Collect(object.get(), "", fields);
  return fields;
}

bool MayBeAbsent(const std::string &path) {
  return kOptional.contains(path) || kTogether.contains(path);
}

bool IsPcrValue(const std::string &path) { return path.starts_with("policy.pcr.values."); }

void EveryMandatoryFieldIsMissed() {
  std::size_t refused = 0;
  for (const Field &field : AllFields()) {
    if (kTogether.contains(field.path) || IsPcrValue(field.path)) continue;
    const std::string json = WithField(Valid(), field.path, nullptr);
    if (kOptional.contains(field.path)) {
      (void)ParseExact(json);
      continue;
    }
    ExpectRefused(json, "token field " + field.path + ": is missing");
    ++refused;
  }
  assert_int_equal(refused, 27);
}

void WhatGoesTogetherIsMissedTogether() {
  const std::string without_pcrs = WithField(Valid(), "policy.pcr", nullptr);
  ExpectRefused(without_pcrs, "token field policy.latch: ");
  Expect(!ParseExact(WithField(without_pcrs, "policy.latch", nullptr)).pcrs, "no PCRs");
  const std::string without_pin = WithField(Valid(), "pin", nullptr);
  ExpectRefused(without_pin, "token field passphrase: ");
  Expect(!ParseExact(WithField(without_pin, "passphrase", "\"raw\"")).pin, "no PIN");
  ExpectRefused(WithField(Valid(), "passphrase", "\"raw\""), "token field passphrase: ");
  ExpectRefused(WithField(Valid(), "passphrase", "\"base64\""), "token field passphrase: ");
}

void EveryFieldHasOneType() {
  const std::vector<std::pair<json_type, const char *>> values = {
      {json_type_null, "null"},  {json_type_boolean, "true"}, {json_type_int, "1"},
      {json_type_double, "1.5"}, {json_type_string, "\"1\""}, {json_type_object, "{}"},
      {json_type_array, "[]"},
  };
  for (const Field &field : AllFields()) {
    for (const auto &[type, value] : values) {
      if (type == field.type) continue;
      if (type == json_type_null && MayBeAbsent(field.path)) continue;
      ExpectRefused(WithField(Valid(), field.path, value),
                    "token field " + field.path + ": must be ");
    }
  }
}

void OtherVersionsAreRefused() {
  for (const char *value : {"0", "2", "-1", "4294967297", "18446744073709551617"}) {
    ExpectRefused(WithField(Valid(), "version", value), "token field version: ");
  }
  // Before the fields that it may not have, or has in another form.
  ExpectRefused(R"({"type":"tpm2-sealed","version":2})",
                "token field version: this software knows");
}

void OtherTypesAreRefused() {
  for (const char *type :
       {"", "systemd-tpm2", "TPM2-SEALED", "tpm2-sealed ", "luks2-keyring", "tpm2-sealed\\u0000"}) {
    ExpectRefused(WithField(Valid(), "type", Quoted(type).c_str()), "token field type: ");
  }
}

void UnknownChoicesAreRefused() {
  const std::vector<std::pair<const char *, std::vector<const char *>>> choices = {
      {"session.encryption", {"", "aes-256-cfb", "AES-128-CFB", "null"}},
      {"passphrase", {"", "hex", "RAW", "hkdf"}},
      {"pin.kdf", {"", "argon2i", "Argon2id", "pbkdf2"}},
      {"policy.pcr.bank", {"", "md5", "SHA256", "sha224", "sha256 "}},
  };
  for (const auto &[path, values] : choices) {
    for (const char *value : values) {
      ExpectRefused(WithField(Valid(), path, Quoted(value).c_str()),
                    std::string("token field ") + path + ": '" + value + "' is ");
    }
  }
}

// An empty selection would be a policy that is always met: --no-pcrs has no field "pcr" at all.
void NoPcrAtAllIsRefused() {
  const std::string json = WithField(Valid(), "policy.latch", nullptr);
  ExpectRefused(WithField(json, "policy.pcr.values", "{}"), "token field policy.pcr.values: ");
}

// What a later version will understand is not to be skipped: it makes the policy another one, or
// the authValue. At any depth, whatever the value, and with the way out.
void UnknownFieldsOfPolicyAndPinAreRefused() {
  for (const char *path : {"policy.reset_count", "policy.signed", "policy.x", "policy.pcr.x",
                           "policy.pcr.values.x", "pin.id", "pin.x"}) {
    for (const char *value : {R"({"first":1,"last":2})", "{}", "1", "null", "[1,{}]", "false"}) {
      ExpectRefused(WithField(Valid(), path, value), std::string("token field ") + path + ": ");
    }
  }
  for (const char *path : {"policy.x", "policy.pcr.x", "pin.x"}) {
    std::string hint;
    try {
      (void)TokenRecord::Parse(WithField(Valid(), path, "{}"));
    } catch (const Error &error) {
      hint = error.hint();
    }
    ExpectText(hint, "a newer cryptsetup-tpm2 is needed for this token");
  }
}

// Null is no absence: it is a value, and ill-typed. A policy that somebody set to null would be
// none.
void NullIsRefusedWhereAFieldMayBeAbsent() {
  std::size_t refused = 0;
  for (const Field &field : AllFields()) {
    if (!MayBeAbsent(field.path)) continue;
    ExpectRefused(WithField(Valid(), field.path, "null"),
                  "token field " + field.path + ": must be");
    ++refused;
  }
  assert_int_equal(refused, 11);
  const std::string json = WithField(Valid(), "policy.latch", nullptr);
  ExpectRefused(WithField(json, "policy.pcr", "null"), "token field policy.pcr: must be");
}

// json-c's strings can have one, C's end there: half of a value must not pass for the whole.
void ZeroBytesAreRefused() {
  for (const Field &field : AllFields()) {
    if (field.type != json_type_string) continue;
    for (const char *value : {R"("\u0000")", R"("AAAA\u0000")", R"("7\u0000AA==")"}) {
      ExpectRefused(WithField(Valid(), field.path, value), "token field " + field.path + ": ");
    }
  }
  // After what would be right by itself.
  const std::string json = WithField(Valid(), "session.encryption", R"("aes-128-cfb\u0000")");
  ExpectRefused(json, "token field session.encryption: contains a zero byte");
  ExpectRefused(WithField(Valid(), "passphrase", R"("hkdf-pin\u0000")"), "contains a zero byte");
}

// 0x9b alone begins a command to a terminal of 8-bit characters, and JSON is UTF-8.
void WhatIsNoUtf8IsRefused() {
  for (const char *field : {"label", "created", "ek_certificate.issuer"}) {
    ExpectRefused(WithField(Valid(), field, "\"a\x9b 2J\""), "is not UTF-8 text");
  }
  ExpectRefused(WithField(Valid(), "keyslots", "[\"\x9b\"]"), "keyslots: is not UTF-8 text");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(EveryMandatoryFieldIsMissed),
      UNIT_TEST(WhatGoesTogetherIsMissedTogether),
      UNIT_TEST(EveryFieldHasOneType),
      UNIT_TEST(OtherVersionsAreRefused),
      UNIT_TEST(OtherTypesAreRefused),
      UNIT_TEST(UnknownChoicesAreRefused),
      UNIT_TEST(NoPcrAtAllIsRefused),
      UNIT_TEST(UnknownFieldsOfPolicyAndPinAreRefused),
      UNIT_TEST(NullIsRefusedWhereAFieldMayBeAbsent),
      UNIT_TEST(ZeroBytesAreRefused),
      UNIT_TEST(WhatIsNoUtf8IsRefused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
