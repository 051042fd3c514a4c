// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/format/token_record.h"

#include <algorithm>
#include <array>
#include <new>

#include "lib/base/config.h"
#include "lib/base/crypto.h"
#include "lib/base/encoding.h"
#include "lib/base/error.h"
#include "lib/base/protection.h"
#include "lib/format/json_reader.h"

namespace tpm2_sealed {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kMaxKeyslot = 31;  // LUKS2 on-disk format 1.1.1, section 3.2
constexpr std::uint32_t kMaxPcr = 23;
constexpr std::size_t kMaxArea = 2048;  // TPM2B_PUBLIC and TPM2B_PRIVATE of tpm2-tss are smaller
constexpr std::size_t kMaxEsys = 4096;
constexpr std::size_t kPinSalt = 32;
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

// A Name: nameAlg and a digest (TPM 2.0 Part 1, section 16).
Bytes ReadName(const JsonReader &token) {
  constexpr std::size_t kLeast = 2 + 20, kMost = 2 + 64;
  auto name = HexDecode(token.String(kReplacesField));
  if (!name || name->size() < kLeast || name->size() > kMost) {
    token.Fail(kReplacesField, "is no Name in hex");
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

TokenRecord::Pcrs ReadPcrs(const JsonReader &pcr) {
  pcr.RefuseUnknown({"bank", "values"});
  TokenRecord::Pcrs read{.bank = pcr.String("bank"), .values = {}};
  const auto size = DigestSize(read.bank);
  if (!size) pcr.Fail("bank", "'" + read.bank + "' is no PCR bank");
  const JsonReader values = pcr.Object("values");
  values.ForEachField([&](const std::string &number, const std::string &hex) {
    const auto pcr_number = ParseDecimal(number, kMaxPcr);
    // "07" would be another name of the same PCR.
    if (!pcr_number || std::to_string(*pcr_number) != number) {
      values.Fail(number.c_str(), "is no PCR number (0 to 23)");
    }
    auto value = HexDecode(hex);
    if (!value || value->size() != *size) {
      values.Fail(number.c_str(), "must be " + std::to_string(*size) + " bytes in hex");
    }
    read.values[*pcr_number] = std::move(*value);
  });
  if (read.values.empty()) pcr.Fail("values", "chooses no PCR");
  return read;
}

// An unknown field might make another authValue, and each try with a wrong one counts.
TokenRecord::Pin ReadPin(const JsonReader &pin) {
  pin.RefuseUnknown({"kdf", "memory_kib", "iterations", "lanes", "salt"});
  if (const std::string kdf = pin.String("kdf"); kdf != "argon2id") {
    pin.Fail("kdf", "'" + kdf + "' is unknown to this version");
  }
  TokenRecord::Pin read;
  read.memory_kib = pin.Number("memory_kib", 8);
  read.iterations = pin.Number("iterations", 1);
  (void)pin.Number("lanes", 1, 1);
  read.salt = pin.Base64("salt", kPinSalt);
  if (read.salt.size() != kPinSalt) pin.Fail("salt", "must be 32 bytes");
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

// What is not understood here would be a part of the policy that is not replayed, and not shown: so
// no field is passed over.
void ReadPolicy(const JsonReader &policy, TokenRecord &record) {
  policy.RefuseUnknown({"pcr", "latch"});
  if (policy.Has("pcr")) record.pcrs = ReadPcrs(policy.Object("pcr"));
  if (!policy.Has("latch")) return;
  record.latch = policy.Number("latch", 0, kMaxPcr);
  if (!record.pcrs || !record.pcrs->values.contains(*record.latch)) {
    policy.Fail("latch", "is not among policy.pcr.values");
  }
  // A number that no latch has, or another value, would have a PCR that somebody chose be taken for
  // the latch, whose value nobody looks at.
  if (!IsLatchPcr(*record.latch)) policy.Fail("latch", kLatchPcrProblem);
  const Bytes &sealed = record.pcrs->values.at(*record.latch);
  if (std::ranges::any_of(sealed, [](std::uint8_t byte) { return byte != 0; })) {
    policy.Fail("latch", "must be zero in policy.pcr.values");
  }
}

// Building: each takes ownership of what it adds.
void Add(const Json &object, const char *name, json_object *value) {
  if (value == nullptr || json_object_object_add(object.get(), name, value) != 0) {
    throw std::bad_alloc();
  }
}
json_object *Text(std::string_view text) {
  return json_object_new_string_len(text.data(), static_cast<int>(text.size()));
}
Json NewObject() {
  Json object(json_object_new_object());
  if (!object) throw std::bad_alloc();
  return object;
}

Json KeyToJson(const TokenRecord::Key &key) {
  Json json = NewObject();
  Add(json, "template", Text(key.template_name));
  if (key.handle) Add(json, "handle", Text(FormatHandle(*key.handle)));
  Add(json, "public", Text(Base64Encode(key.public_area)));
  if (!key.esys.empty()) Add(json, "esys", Text(Base64Encode(key.esys)));
  return json;
}

Json PolicyToJson(const TokenRecord &record) {
  Json policy = NewObject();
  if (record.pcrs) {
    Json values = NewObject();
    for (const auto &[pcr, value] : record.pcrs->values) {
      Add(values, std::to_string(pcr).c_str(), Text(HexEncode(value)));
    }
    Json pcr = NewObject();
    Add(pcr, "bank", Text(record.pcrs->bank));
    Add(pcr, "values", values.release());
    Add(policy, "pcr", pcr.release());
  }
  if (record.latch) Add(policy, "latch", json_object_new_int64(*record.latch));
  return policy;
}

std::string CompactText(const Json &object) {
  return json_object_to_json_string_ext(object.get(),
                                        JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

}  // namespace

TokenRecord TokenRecord::Parse(std::string_view json) {
  const Json object = ParseJsonObject(json);
  const JsonReader token(object.get(), "");
  if (const std::string type = token.String("type"); type != kTokenType) {
    token.Fail("type", "is '" + type + "', not '" + kTokenType + "'");
  }
  // Before anything else: another version's fields mean other things.
  if (token.Number("version", 0) != kVersion) {
    throw Error(Reason::kBadToken, "token field version: this software knows version 1 only",
                "a newer cryptsetup-tpm2 is needed for this token");
  }
  TokenRecord record;
  token.ForEachString("keyslots", [&](const std::string &text) {
    const auto keyslot = ParseDecimal(text, kMaxKeyslot);
    if (!keyslot || std::to_string(*keyslot) != text)
      token.Fail("keyslots", "'" + text + "' is no keyslot number");
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
  if (token.Has("pin")) record.pin = ReadPin(token.Object("pin"));
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
  Json token = NewObject();
  Add(token, "type", Text(kTokenType));
  json_object *slots = json_object_new_array();
  Add(token, "keyslots", slots);
  for (const int keyslot : keyslots) json_object_array_add(slots, Text(std::to_string(keyslot)));
  Add(token, "version", json_object_new_int64(kVersion));
  if (pending) Add(token, kPendingField, json_object_new_boolean(1));
  if (!replaces.empty()) Add(token, kReplacesField, Text(HexEncode(replaces)));
  Add(token, "created", Text(created));
  if (!label.empty()) Add(token, "label", Text(label));

  Json session = NewObject();
  Add(session, "encryption", Text(encryption));
  Add(session, "salt_key", KeyToJson(salt_key).release());
  Add(token, "session", session.release());
  Add(token, "parent", KeyToJson(parent).release());
  Json sealed = NewObject();
  Add(sealed, "public", Text(Base64Encode(sealed_public)));
  Add(sealed, "private", Text(Base64Encode(sealed_private)));
  Add(token, "sealed", sealed.release());
  Add(token, "policy", PolicyToJson(*this).release());
  if (pin) {
    Json pin_json = NewObject();
    Add(pin_json, "kdf", Text("argon2id"));
    Add(pin_json, "memory_kib", json_object_new_int64(pin->memory_kib));
    Add(pin_json, "iterations", json_object_new_int64(pin->iterations));
    Add(pin_json, "lanes", json_object_new_int64(1));
    Add(pin_json, "salt", Text(Base64Encode(pin->salt)));
    Add(token, "pin", pin_json.release());
  }
  for (const FormName &form : kForms) {
    if (form.form == passphrase) Add(token, "passphrase", Text(form.name));
  }
  if (ek_certificate) {
    Json certificate = NewObject();
    Add(certificate, "verified", json_object_new_boolean(1));
    Add(certificate, "issuer", Text(ek_certificate->issuer));
    Add(certificate, "serial", Text(ek_certificate->serial));
    Add(token, "ek_certificate", certificate.release());
  }
  if (!mac.empty()) Add(token, kMacField, Text(Base64Encode(mac)));
  return CompactText(token);
}

std::string WithoutField(std::string_view json, const char *field) {
  const Json token = ParseJsonObject(json);
  json_object_object_del(token.get(), field);
  return CompactText(token);
}

std::string WithTextField(std::string_view json, const char *field, std::string_view text) {
  const Json token = ParseJsonObject(json);
  Add(token, field, Text(text));
  return CompactText(token);
}

std::string WithoutEntries(std::string_view json, const std::vector<int> &tokens,
                           const std::vector<int> &keyslots) {
  const Json header = ParseJsonObject(json, kHeaderLimits);
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
  const Json header = ParseJsonObject(json, kHeaderLimits);
  json_object *keyslots = nullptr;
  std::uint64_t sum = 0;
  // json-c would follow a null pointer into anything but an object.
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
      sum += json_object_get_uint64(size);  // LUKS2 writes it as a string; json-c converts
    }
  }
  return sum;
}

std::size_t CompactHeaderSize(std::string_view json) {
  return CompactText(ParseJsonObject(json, kHeaderLimits)).size();
}

}  // namespace tpm2_sealed
