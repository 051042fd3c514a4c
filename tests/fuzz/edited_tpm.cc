// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/fuzz/edited_tpm.h"

#include <tss2/tss2_tpm2_types.h>
#include <algorithm>

#include "lib/sealed/pin.h"
#include "lib/sealed/sealed_token.h"
#include "tests/fuzz/property.h"
#include "tests/fuzz/tpm_actions.h"

namespace tpm2_sealed::fuzz {
namespace {

using namespace test;

constexpr std::uint32_t kSaltHandle = 0x81010002, kParentHandle = 0x81000001;
constexpr std::uint32_t kObject = 0x80000001, kFirstSession = 0x03000000;
constexpr std::uint32_t kNoHandle = 0x18b, kNoCommand = 0x143, kNoCipher = 0x4d6, kNoScheme = 0x1d2;
constexpr std::uint32_t kAes = 0x0006, kXor = 0x000a;
constexpr std::size_t kNonceSize = 32;

namespace code {
constexpr std::uint32_t kFlush = 0x165, kPolicyAuthValue = 0x16b, kGetCapability = 0x17a,
                        kPolicyPcr = 0x17f, kTestParms = 0x18a;
}

// The keys, made once. The owner's is the one that the token pins.
struct Keys {
  ThiefKey owner, thief;
};
const Keys &AllKeys() {
  const auto make = [] {
    return std::shared_ptr<EVP_PKEY>(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"),
                                     EVP_PKEY_free);
  };
  static const Keys keys = {ThiefKey(make()), ThiefKey(make())};
  return keys;
}

// Content of the TPM2B_PUBLIC of a key that was made from the template.
Bytes AreaOf(TemplateId id, const ThiefKey &key) {
  const Bytes marshalled = PublicArea(FindTemplate(id)->Public()).Marshalled();
  return key.Dress(View(marshalled).subspan(2)).value();
}

Bytes WithItsSize(View content) {
  Bytes bytes;
  AppendSized(bytes, content);
  return bytes;
}

Policy PolicyOf(bool pin) {
  return TokenPolicy(PcrValues{.bank = "sha256", .values = {{7, Bytes(32, 0x07)}}},
                     pin ? PinDemand::kRequired : PinDemand::kNone);
}

TPM2B_PUBLIC SealedArea(bool pin) {
  TPM2B_PUBLIC area{};
  area.publicArea.type = TPM2_ALG_KEYEDHASH;
  area.publicArea.nameAlg = TPM2_ALG_SHA256;
  area.publicArea.objectAttributes =
      Raw(ObjectAttributes::kFixedTpm | ObjectAttributes::kFixedParent |
          ObjectAttributes::kAdminWithPolicy |
          (pin ? ObjectAttributes::kNone : ObjectAttributes::kNoDa));
  const Bytes policy = PolicyOf(pin).Digest();
  area.publicArea.authPolicy.size = static_cast<UINT16>(policy.size());
  std::copy(policy.begin(), policy.end(), area.publicArea.authPolicy.buffer);
  area.publicArea.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL;
  area.publicArea.unique.keyedHash.size = 32;
  return area;
}

TokenRecord::Pin CheapPin() { return {.memory_kib = 8, .iterations = 3, .salt = Bytes(32, 0x5a)}; }

std::string MakeToken(bool pin) {
  TokenRecord record;
  record.created = "2026-11-22T10:00:00Z";
  record.encryption = "xor-sha256";
  record.salt_key = {
      "ek-ecc-p256", kSaltHandle, WithItsSize(AreaOf(TemplateId::kEkEccP256, AllKeys().owner)), {}};
  record.parent = {"srk-ecc-p256",
                   kParentHandle,
                   WithItsSize(AreaOf(TemplateId::kSrkEccP256, AllKeys().owner)),
                   {}};
  record.sealed_public = PublicArea(SealedArea(pin)).Marshalled();
  record.sealed_private = {0, 4, 1, 2, 3, 4};
  const Policy policy = PolicyOf(pin);
  record.pcrs = TokenRecord::Pcrs{.bank = policy.Pcrs()->bank, .values = policy.Pcrs()->values};
  if (pin) {
    record.pin = CheapPin();
    record.passphrase = PassphraseForm::kHkdfPin;
  }
  return record.ToJson();
}

const Bytes &AuthValue() {
  static const Bytes value = [] {
    const PinKeys keys = DerivePinKeys(
        {reinterpret_cast<const std::uint8_t *>(kPin.data()), kPin.size()}, CheapPin());
    return Bytes(keys.auth_value.data(), keys.auth_value.data() + keys.auth_value.size());
  }();
  return value;
}

// Random numbers are the same in every run, so most salts were decrypted before.
Bytes SaltOf(const ThiefKey &key, const Bytes &encrypted) {
  static std::map<std::pair<const ThiefKey *, Bytes>, Bytes> known;
  const auto found = known.find({&key, encrypted});
  if (found != known.end()) return found->second;
  if (known.size() > 10000) known.clear();
  return known[{&key, encrypted}] = key.DecryptSalt(encrypted).value_or(Bytes(32));
}

// Success, with handles and parameters and without a session.
Bytes AnswerWith(View content) {
  Bytes answer = AnswerOf(0);
  Append(answer, content);
  return WithSize(answer);
}

}  // namespace

EditedTpm::EditedTpm(const Chip &chip, std::vector<Edit> edits)
    : chip_(chip), edits_(std::move(edits)) {}

const std::string &EditedTpm::Token(bool pin) {
  static const std::string without = MakeToken(false), with = MakeToken(true);
  return pin ? with : without;
}

// libtss2 counts for itself how long an answer is: what its header says of that (bytes 2 to 5) may
// be too much, and what comes after the last session is not looked at.
static bool IsTaken(View answer, View genuine) {
  constexpr std::size_t kSizeAt = 2, kSizeEnd = 6;
  return genuine.size() >= kSizeEnd && answer.size() >= genuine.size() &&
         std::ranges::equal(answer.first(kSizeAt), genuine.first(kSizeAt)) &&
         std::ranges::equal(answer.first(genuine.size()).subspan(kSizeEnd),
                            genuine.subspan(kSizeEnd));
}

std::optional<Bytes> EditedTpm::Answer(ByteView command) {
  Bytes answer = Genuine(command);
  const Bytes genuine = answer;
  EditOutside(answer);
  if (CodeOf(command) == cc::kUnseal) {
    // The first answer to a command that was sent again is an answer to it, too.
    unseals_.push_back({Bytes(command.begin(), command.end()), genuine, unsealed_});
    const auto given = std::ranges::find_if(unseals_, [&](const Unsealing &unsealing) {
      return std::ranges::equal(unsealing.command, command) && IsTaken(answer, unsealing.answer);
    });
    unseal_is_whole_ = given != unseals_.end();
    if (unseal_is_whole_) unsealed_ = given->secret;
  }
  last_ = genuine;
  if (turn_ < 0xff) ++turn_;
  return answer;
}

Bytes EditedTpm::Genuine(ByteView command) {
  const Bytes bytes(command.begin(), command.end());
  switch (CodeOf(bytes)) {
    case cc::kReadPublic:
      return ReadPublic(BigEndian(bytes, kHeaderSize, 4));
    case cc::kStartAuthSession:
      return StartSession(bytes);
    case cc::kLoad:
      return Load();
    case cc::kUnseal:
      return Unseal(bytes);
    case code::kPolicyPcr:
    case code::kPolicyAuthValue:
    case code::kFlush:
      return AnswerOf(0);
    case code::kGetCapability:
      return Capability();
    case code::kTestParms: {
      // TPMT_PUBLIC_PARMS: SYMCIPHER, or KEYEDHASH with the scheme XOR.
      const bool is_cipher = BigEndian(bytes, kHeaderSize, 2) == TPM2_ALG_SYMCIPHER;
      if (is_cipher) return AnswerOf(chip_.aes ? 0 : 0x1d6);
      return AnswerOf(chip_.xor_sha256 ? 0 : kNoScheme);
    }
    default:
      return AnswerOf(kNoCommand);
  }
}

Bytes EditedTpm::ReadPublic(std::uint32_t handle) {
  if (handle != kSaltHandle && handle != kParentHandle) return AnswerOf(kNoHandle);
  const TemplateId id = handle == kSaltHandle ? TemplateId::kEkEccP256 : TemplateId::kSrkEccP256;
  const Bytes genuine = AreaOf(id, AllKeys().owner);
  const bool is_thief = Has(Edit::Kind::kThief) || Has(Edit::Kind::kThiefAs);
  const Bytes area = is_thief ? AreaOf(id, AllKeys().thief) : genuine;
  if (handle == kSaltHandle) thief_is_shown_ = is_thief;
  const Bytes name = NameOf(Has(Edit::Kind::kThiefAs) ? genuine : area);
  Bytes content;
  AppendSized(content, area);
  AppendSized(content, name);
  AppendSized(content, name);  // the qualified Name, which an open does not look at
  EditInside(content);
  return AnswerWith(content);
}

Bytes EditedTpm::StartSession(const Bytes &command) {
  const SessionStart start = ParseStart(command);
  const std::uint32_t cipher = BigEndian(start.symmetric, 0, 2);
  if ((cipher == kAes && !chip_.aes) || (cipher == kXor && !chip_.xor_sha256)) {
    return AnswerOf(kNoCipher);
  }
  const ThiefKey &key = thief_is_shown_ ? AllKeys().thief : AllKeys().owner;
  Bytes nonce(kNonceSize, 0x4e);
  for (const Edit &edit : edits_) {
    if (edit.answer == turn_ && edit.kind == Edit::Kind::kNonce) nonce.resize(edit.value);
  }
  const auto handle = static_cast<std::uint32_t>(kFirstSession + sessions_.size());
  KnownSession session(start, nonce, SaltOf(key, start.encrypted_salt));
  if (chip_.pin) session.SetAuth(AuthValue());
  sessions_.insert_or_assign(handle, session);
  of_thief_[handle] = thief_is_shown_;
  Bytes content;
  AppendBigEndian(content, handle, 4);
  AppendSized(content, nonce);
  return AnswerWith(content);
}

Bytes EditedTpm::Load() {
  const Bytes area = PublicArea(SealedArea(chip_.pin)).Marshalled();
  SessionMessage message;
  message.head = {0x80, 0x02, 0, 0, 0, 0, 0, 0, 0, 0};
  AppendBigEndian(message.head, kObject, 4);
  AppendSized(message.parameters, NameOf(View(area).subspan(2)));
  EditInside(message.parameters);
  message.auths.push_back({.handle = 0, .nonce = {}, .attributes = 1, .hmac = {}});
  return ToAnswer(message);
}

Bytes EditedTpm::Unseal(const Bytes &command) {
  SessionMessage asked = ParseCommand(command);
  const auto session = sessions_.find(asked.auths.at(0).handle);
  if (session == sessions_.end()) return AnswerOf(kNoHandle);
  session->second.OpenCommand(asked, 0);
  thief_answered_ = of_thief_[session->first];
  SessionMessage message;
  message.head = {0x80, 0x02, 0, 0, 0, 0, 0, 0, 0, 0};
  AppendSized(message.parameters,
              {reinterpret_cast<const std::uint8_t *>(kSealed.data()), kSealed.size()});
  EditInside(message.parameters);
  std::size_t at = 0;
  try {
    unsealed_ = Sized(message.parameters, at);
  } catch (const std::exception &) {
    // Then there is nothing to encrypt: the edit was of the size.
    return AnswerOf(0);
  }
  Bytes nonce(kNonceSize, 0x4f);
  for (const Edit &edit : edits_) {
    if (edit.answer == turn_ && edit.kind == Edit::Kind::kNonce) nonce.resize(edit.value);
  }
  message.auths.push_back({.handle = 0, .nonce = nonce, .attributes = 0, .hmac = {}});
  session->second.CloseAnswer(message, cc::kUnseal, asked.auths.at(0).attributes);
  return ToAnswer(message);
}

// TPM_PT_PERMANENT and the lockout's four: counting, not locked.
Bytes EditedTpm::Capability() const {
  constexpr std::pair<std::uint32_t, std::uint32_t> kProperties[] = {
      {0x200, 0}, {0x20e, 0}, {0x20f, 32}, {0x210, 600}, {0x211, 86400}};
  Bytes content = {0};  // no more
  AppendBigEndian(content, 6, 4);
  AppendBigEndian(content, std::size(kProperties), 4);
  for (const auto &[property, value] : kProperties) {
    AppendBigEndian(content, property, 4);
    AppendBigEndian(content, value, 4);
  }
  EditInside(content);
  return AnswerWith(content);
}

bool EditedTpm::Has(Edit::Kind kind) const {
  return std::ranges::any_of(
      edits_, [&](const Edit &edit) { return edit.answer == turn_ && edit.kind == kind; });
}

namespace {

void EditBytes(Bytes &bytes, const Edit &edit, Edit::Kind as) {
  const std::size_t place = bytes.empty() ? 0 : edit.place % bytes.size();
  if (as == Edit::Kind::kByte && !bytes.empty()) bytes[place] = edit.value;
  if (as == Edit::Kind::kCut) bytes.resize(place);
  if (as == Edit::Kind::kInsert) {
    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(place), edit.value);
  }
}

}  // namespace

void EditedTpm::EditInside(Bytes &parameters) const {
  for (const Edit &edit : edits_) {
    if (edit.answer != turn_) continue;
    if (edit.kind == Edit::Kind::kInnerByte) EditBytes(parameters, edit, Edit::Kind::kByte);
    if (edit.kind == Edit::Kind::kInnerCut) EditBytes(parameters, edit, Edit::Kind::kCut);
    if (edit.kind == Edit::Kind::kInnerInsert) EditBytes(parameters, edit, Edit::Kind::kInsert);
  }
}

void EditedTpm::EditOutside(Bytes &answer) const {
  for (const Edit &edit : edits_) {
    if (edit.answer != turn_) continue;
    if (edit.kind == Edit::Kind::kByte) EditBytes(answer, edit, edit.kind);
    if (edit.kind == Edit::Kind::kCut || edit.kind == Edit::Kind::kInsert) {
      EditBytes(answer, edit, edit.kind);
      if (answer.size() >= 6) answer = WithSize(answer);
    }
    if (edit.kind == Edit::Kind::kCode) answer = AnswerOf(edit.place);
    if (edit.kind == Edit::Kind::kReplay && !last_.empty()) answer = last_;
  }
}

}  // namespace tpm2_sealed::fuzz
