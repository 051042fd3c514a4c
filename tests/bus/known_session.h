// SPDX-License-Identifier: LGPL-2.1-or-later
// KnownSession: a session whose salt the attacker could decrypt, and so everything that its
// encryption hides.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "tests/bus/message.h"

namespace tpm2_sealed::test {

// A command or an answer with sessions, taken apart.
struct Auth {
  std::uint32_t handle = 0;  // not in answers
  Bytes nonce;
  std::uint8_t attributes = 0;
  Bytes hmac;
};
struct SessionMessage {
  Bytes head;  // header and handles
  std::vector<Auth> auths;
  Bytes parameters;
};
SessionMessage ParseCommand(const Bytes &command);
SessionMessage ParseAnswer(const Bytes &answer);
Bytes ToCommand(const SessionMessage &message);
Bytes ToAnswer(const SessionMessage &message);

// TPM2_StartAuthSession, taken apart.
struct SessionStart {
  std::uint32_t salt_key = 0;
  Bytes nonce_caller, encrypted_salt;
  std::uint8_t type = 0;
  Bytes symmetric;  // TPMT_SYM_DEF
  Bytes hash;
};
SessionStart ParseStart(const Bytes &command);

class KnownSession {
 public:
  KnownSession(const SessionStart &start, View nonce_tpm, View salt);

  // The first parameter of a command or an answer in clear text, if it is encrypted: its nonces
  // count from here on.
  void OpenCommand(SessionMessage &command, std::size_t which);
  void OpenAnswer(SessionMessage &answer);
  // What goes into both keys beside the session's: the authValue of what it authorises.
  void SetAuth(View auth_value) { auth_value_.assign(auth_value.begin(), auth_value.end()); }
  // The HMAC of the command that the TPM expects of the same session without a salt.
  Bytes PlainHmac(View command_hash, std::uint8_t attributes) const;
  // The other way round, for an answer that the TPM gave in the clear: encrypted and with an HMAC.
  void CloseAnswer(SessionMessage &answer, std::uint32_t code, std::uint8_t asked);

 private:
  enum class Direction { kCommand, kAnswer };
  void Crypt(Bytes &parameters, Direction direction, bool encrypt) const;

  Bytes Key() const;

  Bytes key_, symmetric_, auth_value_;
  Bytes nonce_caller_, nonce_tpm_;
};

// Adds the line "WHAT HEX" to the file of that name.
void Note(const std::string &file, const char *what, View bytes);
// What somebody who knows the session finds in a parameter that it hid: lines "secret HEX" and
// "auth HEX"; "unseal" for a TPM2_Unseal whose answer he can read.
void Loot(const std::string &file, std::uint32_t code, const SessionMessage &message);
void LootAnswer(const std::string &file, std::uint32_t code, const SessionMessage &message);

}  // namespace tpm2_sealed::test
