// SPDX-License-Identifier: LGPL-2.1-or-later
// Thief: between client and TPM with keys of his own. He answers with them, and sits in the middle
// of every session that the client salts to one: towards the TPM it becomes a plain one, towards
// the client it is what was asked for. What the session should hide goes to the file
// INTERPOSER_LOOT; his keys are the PEM files INTERPOSER_RSA and INTERPOSER_ECC.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/bus/known_session.h"
#include "tests/bus/message.h"
#include "tests/bus/thief_key.h"

namespace tpm2_sealed::test {

enum class UnderName { kOwn, kGenuine };

class Thief {
 public:
  Thief();

  // The command as it goes to the TPM.
  Bytes PassCommand(const Bytes &command);
  // The answer as it goes to the client.
  Bytes PassAnswer(const Bytes &answer);
  // The answer to the last command, TPM2_ReadPublic or TPM2_CreatePrimary, with his key in it.
  Bytes PlayKey(const Bytes &answer, UnderName name);

 private:
  struct Dressed {
    Bytes area;
    const ThiefKey *key;
  };
  std::optional<Dressed> Dress(const Bytes &area) const;
  Bytes PassStart(const Bytes &command);

  std::string loot_;
  std::vector<ThiefKey> keys_;
  std::map<std::uint32_t, const ThiefKey *> played_;  // by the handle that the client knows
  std::map<std::uint32_t, KnownSession> sessions_;
  // Of the command that is under way.
  Bytes command_;
  std::optional<SessionStart> start_;
  Bytes salt_, loaded_name_;
  std::uint32_t session_ = 0;
  std::uint8_t asked_ = 0;
};

}  // namespace tpm2_sealed::test
