// SPDX-License-Identifier: LGPL-2.1-or-later
// EditedTpm: a TPM that opens a token of its own as a real one does, with the salt key's private
// part and so with right HMACs and encryption; and edits of its answers, inside of what the HMAC
// covers and outside. Beyond the answers that tpm_responses reaches with recorded ones.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/bus/known_session.h"
#include "tests/bus/thief_key.h"
#include "tests/fuzz/played_tpm.h"

namespace tpm2_sealed::fuzz {

// One change of one answer.
struct Edit {
  enum class Kind : std::uint8_t {
    kByte,       // a byte of the answer gets another value
    kCut,        // it ends earlier, and its size says so
    kInsert,     // a byte more, and its size says so
    kCode,       // a response code instead
    kReplay,     // the answer before it again
    kInnerByte,  // as the first three, under the HMAC: in the parameters before they are encrypted
    kInnerCut,
    kInnerInsert,
    kNonce,    // the session's nonce gets another size
    kThief,    // the thief's key under its own Name, where a key is read
    kThiefAs,  // the same under the genuine Name
  };
  static constexpr std::uint8_t kKinds = 11;
  std::uint8_t answer = 0;  // the how manieth, from 0
  Kind kind = Kind::kByte;
  std::uint16_t place = 0;
  std::uint8_t value = 0;
};

// What the TPM can do, and what its token is.
struct Chip {
  bool aes = true, xor_sha256 = true;
  bool pin = false;
};

class EditedTpm : public PlayedTpm {
 public:
  EditedTpm(const Chip &chip, std::vector<Edit> edits);
  std::optional<Bytes> Answer(ByteView command) override;

  // A token of this TPM, with the floor "xor-sha256".
  static const std::string &Token(bool pin);

  // What it has unsealed at last, before any edit outside of the HMAC.
  const Bytes &unsealed() const { return unsealed_; }
  // Whether the last answer to TPM2_Unseal came as it was made, for that very command.
  bool unseal_is_whole() const { return unseal_is_whole_; }
  // Whether what it unsealed at last was answered in a session with the salt that the thief's key
  // decrypts.
  bool thief_answered() const { return thief_answered_; }

 private:
  Bytes Genuine(ByteView command);
  Bytes ReadPublic(std::uint32_t handle);
  Bytes StartSession(const Bytes &command);
  Bytes Load();
  Bytes Unseal(const Bytes &command);
  Bytes Capability() const;
  bool Has(Edit::Kind kind) const;
  // Edits of this answer that are, or are not, under the HMAC.
  void EditInside(Bytes &parameters) const;
  void EditOutside(Bytes &answer) const;

  const Chip chip_;
  const std::vector<Edit> edits_;
  std::uint8_t turn_ = 0;  // the answer that is being made
  Bytes last_;
  std::map<std::uint32_t, test::KnownSession> sessions_;
  Bytes unsealed_;
  struct Unsealing {
    Bytes command, answer, secret;
  };
  std::vector<Unsealing> unseals_;
  bool unseal_is_whole_ = false;
  std::map<std::uint32_t, bool> of_thief_;  // the sessions
  bool thief_is_shown_ = false, thief_answered_ = false;
};

}  // namespace tpm2_sealed::fuzz
