// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/format/token_record.h"

#include <json-c/json.h>
#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "lib/base/defaults.h"
#include "lib/base/encoding.h"
#include "lib/base/error.h"
#include "lib/base/protection.h"
#include "lib/format/json_reader.h"

namespace tpm2_sealed {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kMaxKeyslot = kLuksKeyslots - 1;
constexpr std::size_t kMaxArea = 2048;  // TPM2B_PUBLIC and TPM2B_PRIVATE of tpm2-tss are smaller
constexpr std::size_t kMaxEsys = 4096;
constexpr std::size_t kMaxLabel = 256;

struct FormName {
  PassphraseForm form;
  std::string_view name;
};
constexpr std::array<FormName, 3> kForms = {{
    {PassphraseForm::kRaw, "raw"},
    {PassphraseForm::kBase64, "base64"},
    {PassphraseForm::kHkdfPin, "hkdf-pin"},
}};

PassphraseForm ReadForm(const JsonReader &token) {
  const std::string text = token.String("passphrase");
  for (const FormName &form : kForms) {
    if (form.name == text) return form.form;
  }
  token.Fail("passphrase", "'" + text + "' is unknown to this version");
}

// A Name is nameAlg and a digest (TPM 2.0 Part 1, section 16).
Bytes ReadName(const JsonReader &token) {
  constexpr std::size_t kLeast = 2 + 20, kMost = 2 + 64;
  auto name = HexDecode(token.String(kReplacesField));
  if (!name || name->size() < kLeast || name->size() > kMost) {
    token.Fail(kReplacesField, "is not a Name in hex");
  }
  return std::move(*name);
}

Bytes ReadMac(const JsonReader &token) {
  constexpr std::size_t kMacSize = 32;
  Bytes mac = token.Base64(kMacField, kMacSize);
  if (mac.size() != kMacSize) token.Fail(kMacField, "must be 32 bytes");
  return mac;
}

TokenRecord::Key ReadKey(const JsonReader &key) {
  TokenRecord::Key read;
  read.template_name = key.String("template");
  if (key.Has("handle")) read.handle = key.Handle("handle");
  read.public_area = key.Base64("public", kMaxArea);
  if (key.Has("esys")) read.esys = key.Base64("esys", kMaxEsys);
  return read;
}

CertificateId ReadCertificate(const JsonReader &certificate) {
  if (!certificate.Bool("verified")) certificate.Fail("verified", "must be true");
  CertificateId read{.issuer = certificate.String("issuer"),
                     .serial = certificate.String("serial")};
  if (read.issuer.size() > kMaxIssuer) certificate.Fail("issuer", "is longer than 256 bytes");
  if (const auto serial = HexDecode(read.serial);
      !serial || serial->empty() || read.serial.size() > kMaxSerial) {
    certificate.Fail("serial", "must be 1 to 32 bytes in hex");
  }
  return read;
}

// An ignored field would be a part of the policy that is neither replayed nor shown, so unknown
// fields are refused.
void ReadPolicy(const JsonReader &policy, TokenRecord &record) {
  policy.RefuseUnknown({kPcrField, kLatchField});
  record.pcrs = ReadPolicyPcr(policy);
  record.latch = ReadPolicyLatch(policy, record.pcrs);
}

JsonObject PolicyToJson(const TokenRecord &record) {
  JsonObject policy = NewObject();
  if (record.pcrs) AddPolicyPcr(policy, *record.pcrs);
  if (record.latch) AddPolicyLatch(policy, *record.latch);
  return policy;
}

JsonObject KeyToJson(const TokenRecord::Key &key) {
  JsonObject json = NewObject();
  AddText(json, "template", key.template_name);
  if (key.handle) AddText(json, "handle", FormatHandle(*key.handle));
  AddText(json, "public", Base64Encode(key.public_area));
  if (!key.esys.empty()) AddText(json, "esys", Base64Encode(key.esys));
  return json;
}

// The keyslots' numbers as an array of strings.
void AddKeyslots(const JsonObject &token, const std::vector<int> &keyslots) {
  JsonObject array(json_object_new_array());
  if (!array) throw std::bad_alloc();
  for (const int keyslot : keyslots) {
    json_object_array_add(array.get(), json_object_new_string(std::to_string(keyslot).c_str()));
  }
  AddObject(token, "keyslots", std::move(array));
}

}  // namespace

std::optional<TokenRecord> TokenRecord::TryParse(std::string_view json) {
  try {
    return Parse(json);
  } catch (const Error &) {
    return std::nullopt;
  }
}

TokenRecord TokenRecord::Parse(std::string_view json) {
  const JsonObject object = ParseJsonObject(json);
  const JsonReader token(object.get(), "");
  if (const std::string type = token.String("type"); type != kTokenType) {
    token.Fail("type", "is '" + type + "', not '" + kTokenType + "'");
  }
  // The version comes first: another version may give the fields other meanings.
  if (token.Number("version", 0) != kVersion) {
    throw Error(Reason::kBadToken, "token field version: this software knows version 1 only",
                "a newer cryptsetup-tpm2 is needed for this token");
  }
  TokenRecord record;
  token.ForEachString("keyslots", [&](const std::string &text) {
    const auto keyslot = ParseDecimal(text, kMaxKeyslot);
    if (!keyslot || std::to_string(*keyslot) != text)
      token.Fail("keyslots", "'" + text + "' is not a keyslot number");
    const int number = static_cast<int>(*keyslot);
    if (std::find(record.keyslots.begin(), record.keyslots.end(), number) !=
        record.keyslots.end()) {
      token.Fail("keyslots", "names keyslot " + text + " twice");
    }
    record.keyslots.push_back(number);
  });
  record.created = token.String("created");
  if (record.created.size() > kMaxLabel) token.Fail("created", "is too long");
  if (token.Has("label")) record.label = token.String("label");
  if (record.label.size() > kMaxLabel) token.Fail("label", "is longer than 256 bytes");

  const JsonReader session = token.Object("session");
  record.encryption = session.String("encryption");
  if (!ProtectionByName(record.encryption)) {
    session.Fail("encryption", "'" + record.encryption + "' is unknown to this version");
  }
  record.salt_key = ReadKey(session.Object("salt_key"));
  record.parent = ReadKey(token.Object("parent"));
  const JsonReader sealed = token.Object("sealed");
  record.sealed_public = sealed.Base64("public", kMaxArea);
  record.sealed_private = sealed.Base64("private", kMaxArea);
  ReadPolicy(token.Object("policy"), record);
  if (token.Has(kPinField)) record.pin = ReadPolicyPin(token.Object(kPinField));
  record.passphrase = ReadForm(token);
  if (record.pin.has_value() != (record.passphrase == PassphraseForm::kHkdfPin)) {
    token.Fail("passphrase", "'hkdf-pin' and the field 'pin' go together");
  }
  if (token.Has("ek_certificate")) {
    record.ek_certificate = ReadCertificate(token.Object("ek_certificate"));
  }
  if (token.Has(kPendingField)) record.pending = token.Bool(kPendingField);
  if (token.Has(kReplacesField)) record.replaces = ReadName(token);
  if (token.Has(kMacField)) record.mac = ReadMac(token);
  return record;
}

std::string TokenRecord::ToJson() const {
  JsonObject token = NewObject();
  AddText(token, "type", kTokenType);
  AddKeyslots(token, keyslots);
  AddNumber(token, "version", kVersion);
  if (pending) AddTrue(token, kPendingField);
  if (!replaces.empty()) AddText(token, kReplacesField, HexEncode(replaces));
  AddText(token, "created", created);
  if (!label.empty()) AddText(token, "label", label);

  JsonObject session = NewObject();
  AddText(session, "encryption", encryption);
  AddObject(session, "salt_key", KeyToJson(salt_key));
  AddObject(token, "session", std::move(session));
  AddObject(token, "parent", KeyToJson(parent));
  JsonObject sealed = NewObject();
  AddText(sealed, "public", Base64Encode(sealed_public));
  AddText(sealed, "private", Base64Encode(sealed_private));
  AddObject(token, "sealed", std::move(sealed));
  AddObject(token, "policy", PolicyToJson(*this));
  if (pin) AddPolicyPin(token, *pin);
  for (const FormName &form : kForms) {
    if (form.form == passphrase) AddText(token, "passphrase", form.name);
  }
  if (ek_certificate) {
    JsonObject certificate = NewObject();
    AddTrue(certificate, "verified");
    AddText(certificate, "issuer", ek_certificate->issuer);
    AddText(certificate, "serial", ek_certificate->serial);
    AddObject(token, "ek_certificate", std::move(certificate));
  }
  if (!mac.empty()) AddText(token, kMacField, Base64Encode(mac));
  return CompactText(token);
}

std::string WithoutField(std::string_view json, const char *field) {
  const JsonObject token = ParseJsonObject(json);
  json_object_object_del(token.get(), field);
  return CompactText(token);
}

std::string WithTextField(std::string_view json, const char *field, std::string_view text) {
  const JsonObject token = ParseJsonObject(json);
  AddText(token, field, text);
  return CompactText(token);
}

std::string WithoutEntries(std::string_view json, const std::vector<int> &tokens,
                           const std::vector<int> &keyslots) {
  const JsonObject header = ParseJsonObject(json, kHeaderLimits);
  const auto remove = [&](const char *list, const std::vector<int> &numbers) {
    json_object *entries = nullptr;
    if (!json_object_object_get_ex(header.get(), list, &entries) ||
        !json_object_is_type(entries, json_type_object)) {
      return;
    }
    for (const int number : numbers) {
      json_object_object_del(entries, std::to_string(number).c_str());
    }
  };
  remove("tokens", tokens);
  remove("keyslots", keyslots);
  return CompactText(header);
}

std::uint64_t KeyslotAreasSize(std::string_view json) {
  const JsonObject header = ParseJsonObject(json, kHeaderLimits);
  json_object *keyslots = nullptr;
  std::uint64_t sum = 0;
  // json-c's foreach dereferences a null pointer for anything but an object.
  if (!json_object_object_get_ex(header.get(), "keyslots", &keyslots) ||
      !json_object_is_type(keyslots, json_type_object)) {
    return sum;
  }
  json_object_object_foreach(keyslots, number, keyslot) {
    (void)number;
    json_object *area = nullptr;
    json_object *size = nullptr;
    if (json_object_object_get_ex(keyslot, "area", &area) &&
        json_object_object_get_ex(area, "size", &size)) {
      sum += json_object_get_uint64(size);  // a string in LUKS2, which json-c converts
    }
  }
  return sum;
}

std::size_t CompactHeaderSize(std::string_view json) {
  return CompactText(ParseJsonObject(json, kHeaderLimits)).size();
}

}  // namespace tpm2_sealed
