// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/bus/thief.h"

#include <cstdlib>

namespace tpm2_sealed::test {
namespace {

constexpr std::uint8_t kContinue = 0x01, kAudit = 0x80;

// Across the connections of a process: enroll seals in one and tries it in another.
Bytes &KnownAuth() {
  static Bytes auth_value;
  return auth_value;
}

const char *Environment(const char *name) {
  const char *value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

Thief::Thief() : loot_(Environment("INTERPOSER_LOOT")) {
  for (const char *name : {"INTERPOSER_RSA", "INTERPOSER_ECC"}) {
    if (*Environment(name) != '\0') keys_.emplace_back(Environment(name));
  }
}

std::optional<Thief::Dressed> Thief::Dress(const Bytes &area) const {
  for (const ThiefKey &key : keys_) {
    if (auto dressed = key.Dress(area)) return Dressed{std::move(*dressed), &key};
  }
  return std::nullopt;
}

Bytes Thief::PlayKey(const Bytes &answer, UnderName name) {
  if (CodeOf(answer) != 0) return answer;
  const bool is_read = CodeOf(command_) == cc::kReadPublic;
  // TPM2_CreatePrimary: a handle, and the size of the parameters.
  std::size_t at = kHeaderSize + (is_read ? 0 : 8);
  const std::size_t area_at = at;
  const std::optional<Dressed> dressed = Dress(Sized(answer, at));
  if (!dressed) return answer;
  played_[is_read ? BigEndian(command_, kHeaderSize, 4) : BigEndian(answer, kHeaderSize, 4)] =
      dressed->key;
  Bytes out = Part(answer, 0, area_at);
  AppendSized(out, dressed->area);
  std::size_t parameters_end = answer.size();
  if (!is_read) {
    // creationData, creationHash, and the ticket: tag, hierarchy, digest.
    const std::size_t from = at;
    (void)Sized(answer, at);
    (void)Sized(answer, at);
    at += 6;
    (void)Sized(answer, at);
    Append(out, Part(answer, from, at));
    parameters_end = kHeaderSize + 8 + BigEndian(answer, kHeaderSize + 4, 4);
  }
  const Bytes genuine = Sized(answer, at);
  AppendSized(out, name == UnderName::kOwn ? NameOf(dressed->area) : genuine);
  Append(out, Part(answer, at, parameters_end));
  if (!is_read) {
    Bytes size;
    AppendBigEndian(size, static_cast<std::uint32_t>(out.size() - kHeaderSize - 8), 4);
    std::copy(size.begin(), size.end(), out.begin() + kHeaderSize + 4);
    Append(out, Part(answer, parameters_end, answer.size()));
  }
  return WithSize(out);
}

// Salted to his key, so that he knows the salt: without a salt to the TPM.
Bytes Thief::PassStart(const Bytes &command) {
  const SessionStart start = ParseStart(command);
  const auto played = played_.find(start.salt_key);
  if (played == played_.end()) return command;
  const std::optional<Bytes> salt = played->second->DecryptSalt(start.encrypted_salt);
  if (!salt) return command;
  start_ = start;
  salt_ = *salt;
  Note(loot_, "salt", salt_);
  constexpr std::uint32_t kNullHandle = 0x40000007, kNullAlgorithm = 0x0010;
  Bytes plain = Part(command, 0, kHeaderSize);
  AppendBigEndian(plain, kNullHandle, 4);
  AppendBigEndian(plain, kNullHandle, 4);
  AppendSized(plain, start.nonce_caller);
  AppendSized(plain, {});
  plain.push_back(start.type);
  AppendBigEndian(plain, kNullAlgorithm, 2);
  Append(plain, start.hash);
  return WithSize(plain);
}

Bytes Thief::PassCommand(const Bytes &command) {
  command_ = command;
  start_.reset();
  session_ = 0;
  if (CodeOf(command) == cc::kStartAuthSession) return PassStart(command);
  if (sessions_.empty() || !HasSessions(command)) return command;
  SessionMessage message = ParseCommand(command);
  Auth &auth = message.auths.at(0);
  const auto known = sessions_.find(auth.handle);
  if (known == sessions_.end()) return command;
  session_ = auth.handle;
  asked_ = auth.attributes;
  known->second.OpenCommand(message, 0);
  Loot(loot_, CodeOf(command), message);
  // TPM2_GetRandom takes no session that does nothing.
  const std::uint8_t purpose = CodeOf(command) == cc::kGetRandom ? kAudit : 0;
  auth.attributes = static_cast<std::uint8_t>((asked_ & kContinue) | purpose);
  auth.hmac.clear();
  if (CodeOf(command) == cc::kCreate) {
    std::size_t at = 0;
    const Bytes sensitive = Sized(message.parameters, at);
    at = 0;
    KnownAuth() = Sized(sensitive, at);
  } else if (CodeOf(command) == cc::kUnseal) {
    known->second.SetAuth(KnownAuth());
    // cpHash: Part 1, section 16.7.
    Bytes hashed = Part(command, 6, kHeaderSize);
    Append(hashed, loaded_name_);
    auth.hmac = known->second.PlainHmac(Sha256Of(hashed), auth.attributes);
  }
  return ToCommand(message);
}

Bytes Thief::PassAnswer(const Bytes &answer) {
  if (CodeOf(answer) != 0) return answer;
  if (start_) {
    std::size_t at = kHeaderSize + 4;
    const Bytes nonce_tpm = Sized(answer, at);
    sessions_.insert_or_assign(BigEndian(answer, kHeaderSize, 4),
                               KnownSession(*start_, nonce_tpm, salt_));
    return answer;
  }
  if (CodeOf(command_) == cc::kLoad) {
    std::size_t at = kHeaderSize + 8;
    loaded_name_ = Sized(answer, at);
  }
  if (session_ == 0) return answer;
  SessionMessage message = ParseAnswer(answer);
  LootAnswer(loot_, CodeOf(command_), message);
  sessions_.at(session_).CloseAnswer(message, CodeOf(command_), asked_);
  return ToAnswer(message);
}

}  // namespace tpm2_sealed::test
