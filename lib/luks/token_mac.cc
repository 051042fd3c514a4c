// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/luks/token_mac.h"

#include "lib/base/crypto.h"
#include "lib/base/encoding.h"
#include "lib/base/error.h"
#include "lib/format/canonical_json.h"
#include "lib/format/json_reader.h"
#include "lib/format/token_record.h"

namespace tpm2_sealed {
namespace {

constexpr std::string_view kKeyInfo = "cryptsetup-tpm2 v1 header";
constexpr std::size_t kKeySize = 32;

CanonicalObject KeyText(const JsonReader &key) {
  CanonicalObject text;
  key.CopyTo(text, "template");
  key.CopyTo(text, "public");
  return text;
}

// The salt identifies the keyslot: a keyslot that is created again has another one.
CanonicalObject KeyslotsText(const JsonReader &token, const JsonReader &header) {
  CanonicalObject text;
  const JsonReader keyslots = header.Object("keyslots");
  token.ForEachString("keyslots", [&](const std::string &number) {
    text.Set(number, keyslots.Object(number.c_str()).Object("kdf").String("salt"));
  });
  return text;
}

}  // namespace

std::string MacText(std::string_view token_json, std::string_view header_json) {
  const JsonObject token_object = ParseJsonObject(token_json);
  const JsonObject header_object = ParseJsonObject(header_json, kHeaderLimits);
  const JsonReader token(token_object.get(), "");
  CanonicalObject text;
  for (const char *name : {"type", "version", "label", "passphrase", kReplacesField, "policy",
                           "pin", "ek_certificate"}) {
    token.CopyTo(text, name);
  }
  const JsonReader session = token.Object("session");
  CanonicalObject session_text;
  session.CopyTo(session_text, "encryption");
  session_text.Set("salt_key", KeyText(session.Object("salt_key")));
  text.Set("session", session_text);
  text.Set("parent", KeyText(token.Object("parent")));
  CanonicalObject sealed_text;
  token.Object("sealed").CopyTo(sealed_text, "public");
  text.Set("sealed", sealed_text);
  text.Set("keyslots", KeyslotsText(token, JsonReader(header_object.get(), "")));
  return text.Text();
}

Bytes MacOf(const SecretBytes &volume_key, std::string_view text) {
  const SecretBytes key = HkdfSha256(volume_key.view(), {}, kKeyInfo, kKeySize);
  return HmacSha256(key.view(), {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()});
}

std::string WithMac(const Volume &volume, const SecretBytes &volume_key, std::string_view json) {
  return WithTextField(json, kMacField,
                       Base64Encode(MacOf(volume_key, MacText(json, volume.HeaderJson()))));
}

MacState CheckMac(const Volume &volume, const SecretBytes &volume_key, std::string_view json) {
  try {
    const TokenRecord record = TokenRecord::Parse(json);
    if (record.mac.empty()) return MacState::kMissing;
    const Bytes mac = MacOf(volume_key, MacText(json, volume.HeaderJson()));
    // A genuine MAC is only made once the token has its keyslot.
    const bool valid = !record.keyslots.empty() && ConstantTimeEqual(mac, record.mac);
    return valid ? MacState::kValid : MacState::kWrong;
  } catch (const Error &error) {
    if (error.reason() != Reason::kBadToken) throw;
    return MacState::kWrong;
  }
}

}  // namespace tpm2_sealed
