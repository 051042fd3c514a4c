// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/bus/known_session.h"

#include <openssl/evp.h>
#include <cstdio>
#include <string_view>

#include "tests/bus/thief_key.h"

namespace tpm2_sealed::test {
namespace {

constexpr std::uint8_t kContinue = 0x01, kTowardsTpm = 0x20, kFromTpm = 0x40;
constexpr std::uint32_t kAes = 0x0006, kXor = 0x000a;

std::size_t HandlesOf(std::uint32_t code) {
  constexpr std::uint32_t kEvictControl = 0x120;
  if (code == cc::kGetRandom) return 0;
  return code == kEvictControl ? 2 : 1;
}

// KDFa with SHA-256 (Part 1, section 11.4.10.2).
Bytes Kdfa(View key, std::string_view label, View newer, View older, std::size_t size) {
  Bytes out;
  for (std::uint32_t counter = 1; out.size() < size; ++counter) {
    Bytes input;
    AppendBigEndian(input, counter, 4);
    Append(input, View(reinterpret_cast<const std::uint8_t *>(label.data()), label.size()));
    input.push_back(0);
    Append(input, newer);
    Append(input, older);
    AppendBigEndian(input, static_cast<std::uint32_t>(size * 8), 4);
    Append(out, HmacSha256(key, input));
  }
  out.resize(size);
  return out;
}

Bytes AesCfb(View key, View iv, const Bytes &data, bool encrypt) {
  Bytes out(data.size());
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  int size = 0;
  EVP_CipherInit_ex(context, EVP_aes_128_cfb128(), nullptr, key.data(), iv.data(), encrypt);
  EVP_CipherUpdate(context, out.data(), &size, data.data(), static_cast<int>(data.size()));
  EVP_CIPHER_CTX_free(context);
  return out;
}

Auth ParseAuth(View message, std::size_t &at) {
  Auth auth;
  auth.nonce = Sized(message, at);
  auth.attributes = static_cast<std::uint8_t>(BigEndian(message, at, 1));
  ++at;
  auth.hmac = Sized(message, at);
  return auth;
}

void AppendAuth(Bytes &out, const Auth &auth) {
  AppendSized(out, auth.nonce);
  out.push_back(auth.attributes);
  AppendSized(out, auth.hmac);
}

}  // namespace

void Note(const std::string &file, const char *what, View bytes) {
  FILE *out = std::fopen(file.c_str(), "a");
  if (out == nullptr) throw std::runtime_error("cannot write " + file);
  std::fprintf(out, "%s ", what);
  for (const std::uint8_t byte : bytes) std::fprintf(out, "%02x", byte);
  std::fprintf(out, "\n");
  std::fclose(out);
}

SessionMessage ParseCommand(const Bytes &command) {
  SessionMessage message;
  std::size_t at = kHeaderSize + 4 * HandlesOf(CodeOf(command));
  message.head = Part(command, 0, at);
  const std::size_t end = at + 4 + BigEndian(command, at, 4);
  at += 4;
  while (at < end) {
    const std::uint32_t handle = BigEndian(command, at, 4);
    at += 4;
    message.auths.push_back(ParseAuth(command, at));
    message.auths.back().handle = handle;
  }
  message.parameters = Part(command, end, command.size());
  return message;
}

// Of commands whose answer has no handle.
SessionMessage ParseAnswer(const Bytes &answer) {
  SessionMessage message;
  message.head = Part(answer, 0, kHeaderSize);
  std::size_t at = kHeaderSize + 4 + BigEndian(answer, kHeaderSize, 4);
  message.parameters = Part(answer, kHeaderSize + 4, at);
  while (at < answer.size()) message.auths.push_back(ParseAuth(answer, at));
  return message;
}

Bytes ToCommand(const SessionMessage &message) {
  Bytes auths;
  for (const Auth &auth : message.auths) {
    AppendBigEndian(auths, auth.handle, 4);
    AppendAuth(auths, auth);
  }
  Bytes command = message.head;
  AppendBigEndian(command, static_cast<std::uint32_t>(auths.size()), 4);
  Append(command, auths);
  Append(command, message.parameters);
  return WithSize(command);
}

Bytes ToAnswer(const SessionMessage &message) {
  Bytes answer = message.head;
  AppendBigEndian(answer, static_cast<std::uint32_t>(message.parameters.size()), 4);
  Append(answer, message.parameters);
  for (const Auth &auth : message.auths) AppendAuth(answer, auth);
  return WithSize(answer);
}

SessionStart ParseStart(const Bytes &command) {
  SessionStart start;
  start.salt_key = BigEndian(command, kHeaderSize, 4);
  std::size_t at = kHeaderSize + 8;
  start.nonce_caller = Sized(command, at);
  start.encrypted_salt = Sized(command, at);
  start.type = static_cast<std::uint8_t>(BigEndian(command, at, 1));
  start.symmetric = Part(command, at + 1, command.size() - 2);
  start.hash = Part(command, command.size() - 2, command.size());
  return start;
}

KnownSession::KnownSession(const SessionStart &start, View nonce_tpm, View salt)
    : key_(Kdfa(salt, "ATH", nonce_tpm, start.nonce_caller, 32)),
      symmetric_(start.symmetric),
      nonce_caller_(start.nonce_caller),
      nonce_tpm_(nonce_tpm.begin(), nonce_tpm.end()) {}

void KnownSession::Crypt(Bytes &parameters, Direction direction, bool encrypt) const {
  std::size_t at = 0;
  Bytes content = Sized(parameters, at);
  const Bytes rest = Part(parameters, at, parameters.size());
  const bool is_command = direction == Direction::kCommand;
  const Bytes &newer = is_command ? nonce_caller_ : nonce_tpm_;
  const Bytes &older = is_command ? nonce_tpm_ : nonce_caller_;
  const std::uint32_t cipher = BigEndian(symmetric_, 0, 2);
  if (cipher == kAes) {
    const Bytes material = Kdfa(Key(), "CFB", newer, older, 32);
    content = AesCfb(View(material).first(16), View(material).subspan(16), content, encrypt);
  } else if (cipher == kXor) {
    const Bytes mask = Kdfa(Key(), "XOR", newer, older, content.size());
    for (std::size_t i = 0; i < content.size(); ++i) content[i] ^= mask[i];
  }
  parameters.clear();
  AppendSized(parameters, content);
  Append(parameters, rest);
}

Bytes KnownSession::Key() const {
  Bytes key = key_;
  Append(key, auth_value_);
  return key;
}

Bytes KnownSession::PlainHmac(View command_hash, std::uint8_t attributes) const {
  if (auth_value_.empty()) return {};
  Bytes input(command_hash.begin(), command_hash.end());
  Append(input, nonce_caller_);
  Append(input, nonce_tpm_);
  input.push_back(attributes);
  return HmacSha256(auth_value_, input);
}

void KnownSession::OpenCommand(SessionMessage &command, std::size_t which) {
  const Auth &auth = command.auths.at(which);
  nonce_caller_ = auth.nonce;
  if ((auth.attributes & kTowardsTpm) != 0) Crypt(command.parameters, Direction::kCommand, false);
}

void KnownSession::OpenAnswer(SessionMessage &answer) {
  const Auth &auth = answer.auths.at(0);
  nonce_tpm_ = auth.nonce;
  if ((auth.attributes & kFromTpm) != 0) Crypt(answer.parameters, Direction::kAnswer, false);
}

void KnownSession::CloseAnswer(SessionMessage &answer, std::uint32_t code, std::uint8_t asked) {
  Auth &auth = answer.auths.at(0);
  nonce_tpm_ = auth.nonce;
  auth.attributes = static_cast<std::uint8_t>((auth.attributes & kContinue) | (asked & ~kContinue));
  if ((asked & kFromTpm) != 0) Crypt(answer.parameters, Direction::kAnswer, true);
  // rpHash, then the HMAC over it: Part 1, sections 16.8 and 19.6.5.
  Bytes hashed = {0, 0, 0, 0};
  AppendBigEndian(hashed, code, 4);
  Append(hashed, answer.parameters);
  Bytes input = Sha256Of(hashed);
  Append(input, nonce_tpm_);
  Append(input, nonce_caller_);
  input.push_back(auth.attributes);
  auth.hmac = HmacSha256(Key(), input);
}

void Loot(const std::string &file, std::uint32_t code, const SessionMessage &message) {
  std::size_t at = 0;
  if (code == cc::kCreate) {
    const Bytes sensitive = Sized(message.parameters, at);
    at = 0;
    Note(file, "auth", Sized(sensitive, at));
    Note(file, "secret", Sized(sensitive, at));
  } else if (code == cc::kHierarchyChangeAuth) {
    Note(file, "auth", Sized(message.parameters, at));
  } else if (code == cc::kUnseal) {
    Note(file, "unseal", {});
  }
}

void LootAnswer(const std::string &file, std::uint32_t code, const SessionMessage &message) {
  std::size_t at = 0;
  if (code == cc::kUnseal) Note(file, "secret", Sized(message.parameters, at));
}

}  // namespace tpm2_sealed::test
