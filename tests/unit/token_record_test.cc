// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that a token's JSON says exactly what its record says, in the form that has been published,
// and that what this software does not know is kept. What is refused: token_record_bad_test.
#include "lib/format/token_record.h"

#include "tests/unit/sample_record.h"
#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

void ExpectSameKey(const TokenRecord::Key &a, const TokenRecord::Key &b, const std::string &name,
                   Where where) {
  ExpectText(a.template_name, b.template_name, where);
  Expect(a.handle == b.handle, name + ".handle", where);
  Expect(a.public_area == b.public_area, name + ".public", where);
  Expect(a.esys == b.esys, name + ".esys", where);
}

void ExpectSame(const TokenRecord &a, const TokenRecord &b, Where where = Where::Here()) {
  Expect(a.keyslots == b.keyslots, "keyslots", where);
  ExpectText(a.created, b.created, where);
  ExpectText(a.label, b.label, where);
  ExpectText(a.encryption, b.encryption, where);
  ExpectSameKey(a.salt_key, b.salt_key, "salt_key", where);
  ExpectSameKey(a.parent, b.parent, "parent", where);
  Expect(a.sealed_public == b.sealed_public && a.sealed_private == b.sealed_private, "sealed",
         where);
  Expect(a.pcrs.has_value() == b.pcrs.has_value(), "policy.pcr", where);
  if (a.pcrs && b.pcrs) {
    ExpectText(a.pcrs->bank, b.pcrs->bank, where);
    Expect(a.pcrs->values == b.pcrs->values, "policy.pcr.values", where);
  }
  Expect(a.latch == b.latch, "policy.latch", where);
  Expect(a.replaces == b.replaces, "replaces", where);
  Expect(a.pin.has_value() == b.pin.has_value(), "pin", where);
  if (a.pin && b.pin) {
    const bool same = a.pin->memory_kib == b.pin->memory_kib &&
                      a.pin->iterations == b.pin->iterations && a.pin->salt == b.pin->salt;
    Expect(same, "what pin says", where);
  }
  Expect(a.passphrase == b.passphrase, "passphrase", where);
  Expect(a.pending == b.pending, "pending", where);
  Expect(a.ek_certificate == b.ek_certificate, "ek_certificate", where);
  Expect(a.mac == b.mac, "mac", where);
}

void ExpectRoundTrip(const TokenRecord &record, Where where = Where::Here()) {
  const std::string json = record.ToJson();
  ExpectSame(ParseExact(json), record, where);
  ExpectText(ParseExact(json).ToJson(), json, where);
}

// The form is public: other software reads it, and older versions of this one. It is never changed.
void TheFormIsThePublishedOne() {
  TokenRecord record;
  record.keyslots = {1};
  record.created = "2026-11-22T10:00:00Z";
  record.label = "this laptop";
  record.encryption = "aes-128-cfb";
  record.salt_key = {"ek-ecc-p256", 0x81010002, {0xff, 0xff, 0xff}, {}};
  record.parent = {"srk-ecc-p256", 0x81000001, {0x00}, {0x01, 0x02}};
  record.sealed_public = {0x10};
  record.sealed_private = {0x11};
  record.pcrs = TokenRecord::Pcrs{.bank = "sha1", .values = {{7, Bytes(20, 0xab)}}};
  record.latch = 7;
  record.pin = TokenRecord::Pin{.memory_kib = 65536, .iterations = 4, .salt = Bytes(32, 0)};
  record.passphrase = PassphraseForm::kHkdfPin;
  record.pending = true;
  record.ek_certificate = CertificateId{.issuer = "CN=Vendor", .serial = "1a2b"};
  record.mac = Bytes(32, 0xff);
  ExpectText(
      record.ToJson(),
      R"({"type":"tpm2-sealed","keyslots":["1"],"version":1,"pending":true,)"
      R"("created":"2026-11-22T10:00:00Z","label":"this laptop",)"
      R"("session":{"encryption":"aes-128-cfb",)"
      R"("salt_key":{"template":"ek-ecc-p256","handle":"0x81010002","public":"////"}},)"
      R"("parent":{"template":"srk-ecc-p256","handle":"0x81000001","public":"AA==","esys":"AQI="},)"
      R"("sealed":{"public":"EA==","private":"EQ=="},)"
      R"("policy":{"pcr":{"bank":"sha1",)"
      R"("values":{"7":"abababababababababababababababababababab"}},"latch":7},)"
      R"("pin":{"kdf":"argon2id","memory_kib":65536,"iterations":4,"lanes":1,)"
      R"("salt":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},)"
      R"("passphrase":"hkdf-pin",)"
      R"("ek_certificate":{"verified":true,"issuer":"CN=Vendor","serial":"1a2b"},)"
      R"("mac":"//////////////////////////////////////////8="})");
}

void EveryFieldSurvives() { ExpectRoundTrip(FullRecord()); }

// Absent, not empty: an empty one would be refused.
void EveryOptionalFieldMayBeAbsent() {
  TokenRecord record = FullRecord();
  record.pending = false;
  ExpectRoundTrip(record);
  record.label.clear();
  ExpectRoundTrip(record);
  record.salt_key.handle.reset();
  record.parent.handle.reset();
  ExpectRoundTrip(record);
  record.salt_key.esys.clear();
  record.parent.esys.clear();
  ExpectRoundTrip(record);
  record.latch.reset();
  ExpectRoundTrip(record);
  record.ek_certificate.reset();
  ExpectRoundTrip(record);
  record.mac.clear();
  ExpectRoundTrip(record);
  record.pcrs.reset();
  ExpectRoundTrip(record);
  record.pin.reset();
  record.passphrase = PassphraseForm::kRaw;
  ExpectRoundTrip(record);
  record.keyslots.clear();
  ExpectRoundTrip(record);
  for (const char *name :
       {"pending", "label", "handle", "esys", "latch", "pcr\"", "pin", "ek_cert", "mac"}) {
    Expect(record.ToJson().find(name) == std::string::npos, std::string("no ") + name);
  }
}

void EveryChoiceSurvives() {
  TokenRecord record = FullRecord();
  for (const char *encryption : {"aes-128-cfb", "xor-sha256", "none"}) {
    record.encryption = encryption;
    ExpectRoundTrip(record);
  }
  record.pin.reset();
  record.passphrase = PassphraseForm::kRaw;
  ExpectContains(record.ToJson(), R"("passphrase":"raw")");
  ExpectRoundTrip(record);
  record.passphrase = PassphraseForm::kBase64;
  ExpectContains(record.ToJson(), R"("passphrase":"base64")");
  ExpectRoundTrip(record);
}

void EveryBankAndPcrSurvives() {
  const std::vector<std::pair<const char *, std::size_t>> banks = {
      {"sha1", 20}, {"sha256", 32}, {"sha384", 48}, {"sha512", 64}, {"sm3_256", 32}};
  for (const auto &[bank, size] : banks) {
    TokenRecord record = FullRecord();
    record.pcrs = TokenRecord::Pcrs{.bank = bank, .values = {}};
    for (std::uint32_t pcr = 0; pcr < 24; ++pcr) {
      record.latch.reset();
      record.pcrs->values[pcr] = Bytes(size, static_cast<std::uint8_t>(pcr + 1));
      ExpectRoundTrip(record);
      if (pcr < 8 || pcr > 15) continue;
      // A latch is one of these, and zero.
      record.latch = pcr;
      record.pcrs->values[pcr] = Bytes(size, 0);
      ExpectRoundTrip(record);
    }
  }
}

void TheGreatestValuesSurvive() {
  TokenRecord record = FullRecord();
  record.keyslots = {0, 31};
  record.created = std::string(256, 'c');
  record.label = std::string(256, 'l');
  record.salt_key.handle = 0xffffffff;
  record.parent.handle = 0;
  record.salt_key.public_area = Bytes(2048, 1);
  record.parent.public_area = Bytes(2048, 2);
  record.sealed_public = Bytes(2048, 3);
  record.sealed_private = Bytes(2048, 4);
  record.salt_key.esys = Bytes(4096, 5);
  record.parent.esys = Bytes(4096, 6);
  record.pin->memory_kib = 0xffffffff;
  record.pin->iterations = 0xffffffff;
  ExpectRoundTrip(record);
}

void AnyTextIsALabel() {
  TokenRecord record = FullRecord();
  for (const char *label : {"\"quoted\" and \\", "a/b", "Schl\xc3\xbcssel", "{}"}) {
    record.label = label;
    ExpectRoundTrip(record);
  }
}

// In the header it stands without white space: what is counted must be what is written.
void ATokenIsOneLineWithoutWhiteSpace() {
  const std::string json = FullRecord().ToJson();
  Expect(json.find_first_of(" \t\r\n") == std::string::npos, "no white space in " + json);
  assert_int_equal(CompactHeaderSize(json), json.size());
}

void WhiteSpaceAroundATokenDoesNotMatter() {
  const std::string json = FullRecord().ToJson();
  ExpectSame(ParseExact(" \n\t" + json + "\r\n "), FullRecord());
  const JsonObject object = ParsedJson(json);
  ExpectSame(ParseExact(json_object_to_json_string_ext(object.get(), JSON_C_TO_STRING_PRETTY)),
             FullRecord());
}

void UnknownFieldsAreIgnored() {
  const std::string json = FullRecord().ToJson();
  for (const char *path : {"x", "session.x", "session.salt_key.x", "parent.x", "sealed.x"}) {
    for (const char *value : {"null", "[1,{}]", "{\"a\":1.5}", "\"\\u0000\""}) {
      ExpectSame(ParseExact(WithField(json, path, value)), FullRecord());
    }
  }
}

// json-c keeps the last of two equal names, and libcryptsetup, which parses the header with it,
// writes only that one back. Which one counts must not depend on who reads first.
void OfTwoEqualNamesTheLastCounts() {
  const std::string json = FullRecord().ToJson();
  const std::string inside = json.substr(1, json.size() - 2);
  ExpectSame(ParseExact(R"({"version":2,"label":"other",)" + inside + "}"), FullRecord());
  const TokenRecord last = ParseExact("{" + inside + R"(,"label":"other"})");
  ExpectText(last.label, "other");
  ExpectRefused("{" + inside + R"(,"version":2})", "token field version: ");
}

void TheReplacedTokenIsGivenByItsName() {
  TokenRecord record = FullRecord();
  record.replaces = Bytes(34, 0xab);
  const std::string json = record.ToJson();
  ExpectContains(json, R"("replaces":"abab)");
  ExpectRoundTrip(record);
  ExpectText(WithoutField(json, kReplacesField), FullRecord().ToJson());
  const std::string rest = json.substr(0, json.find(R"("replaces")"));
  const std::string tail = json.substr(json.find(R"(,"created")"));
  for (const std::string &name :
       {std::string(), std::string("ab"), std::string(42, 'a'), std::string(134, 'a'),
        std::string(67, 'a'), std::string(68, 'g')}) {
    ExpectRefused(rest + R"("replaces":")" + name + "\"" + tail, "token field replaces: ");
  }
}

void WithoutAFieldTheRestIsKept() {
  const char *token = R"({ "pending": true, "type": "tpm2-sealed", "x": [1, 2.50, null, "a/\"b"],
                           "session": {"pending": true, "y": {}}, "keyslots": [] })";
  const char *rest = R"({"type":"tpm2-sealed","x":[1,2.50,null,"a/\"b"],)"
                     R"("session":{"pending":true,"y":{}},"keyslots":[]})";
  ExpectText(WithoutField(token, kPendingField), rest);
  ExpectText(WithoutField(rest, kPendingField), rest);
  TokenRecord record = FullRecord();
  const std::string json = WithoutField(record.ToJson(), kPendingField);
  record.pending = false;
  ExpectText(json, record.ToJson());
  ExpectError(
      Reason::kBadToken, [] { (void)WithoutField("[]", kPendingField); }, "it is not an object");
  ExpectError(
      Reason::kBadToken, [] { (void)WithoutField("{", kPendingField); }, "it ends too early");
}

void HeadersAreCountedAsWritten() {
  assert_int_equal(CompactHeaderSize(R"( { "a" : [ 1 , "x/y" ] } )"), 15);
  // More than a token may have, but not more than a header.
  const std::string header = R"({"a":")" + std::string(1000000, 'a') + "\"}";
  assert_int_equal(CompactHeaderSize(header), header.size());
  ExpectError(
      Reason::kBadToken, [] { (void)CompactHeaderSize("1"); }, "not valid JSON");
}

// libcryptsetup shows no header without keyslots; that this does not crash must not hang on it.
void KeyslotAreasAreAddedUp() {
  assert_int_equal(KeyslotAreasSize(R"({"keyslots":{"0":{"area":{"size":"258048"}},
                                      "1":{"area":{"size":"1000"}}}})"),
                   259048);
  for (const char *header :
       {"{}", R"({"keyslots":null})", R"({"keyslots":[1]})", R"({"keyslots":"x"})",
        R"({"keyslots":{"0":1}})", R"({"keyslots":{"0":{"area":null}}})"}) {
    assert_int_equal(KeyslotAreasSize(header), 0);
  }
}

void EntriesThatGoLeaveTheRest() {
  const char *header =
      R"({"keyslots":{"0":{},"1":{"a":1},"11":{}},"tokens":{"0":{},"3":{}},"x":0})";
  ExpectText(WithoutEntries(header, {3}, {1, 5}),
             R"({"keyslots":{"0":{},"11":{}},"tokens":{"0":{}},"x":0})");
  ExpectText(WithoutEntries(header, {}, {}), header);
  for (const char *odd : {"{}", R"({"tokens":null,"keyslots":null})", R"({"tokens":[1]})"}) {
    ExpectText(WithoutEntries(odd, {0}, {0}), odd);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(TheFormIsThePublishedOne),
      UNIT_TEST(EveryFieldSurvives),
      UNIT_TEST(EveryOptionalFieldMayBeAbsent),
      UNIT_TEST(EveryChoiceSurvives),
      UNIT_TEST(EveryBankAndPcrSurvives),
      UNIT_TEST(TheGreatestValuesSurvive),
      UNIT_TEST(AnyTextIsALabel),
      UNIT_TEST(ATokenIsOneLineWithoutWhiteSpace),
      UNIT_TEST(WhiteSpaceAroundATokenDoesNotMatter),
      UNIT_TEST(UnknownFieldsAreIgnored),
      UNIT_TEST(OfTwoEqualNamesTheLastCounts),
      UNIT_TEST(TheReplacedTokenIsGivenByItsName),
      UNIT_TEST(WithoutAFieldTheRestIsKept),
      UNIT_TEST(HeadersAreCountedAsWritten),
      UNIT_TEST(KeyslotAreasAreAddedUp),
      UNIT_TEST(EntriesThatGoLeaveTheRest),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
