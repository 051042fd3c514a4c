// SPDX-License-Identifier: LGPL-2.1-or-later
// Error: what went wrong, sorted by what the user can do about it.
#pragma once

#include <stdexcept>
#include <string>

namespace tpm2_sealed {

// What the user can do. Two causes that leave the user the same choice have one Reason; the message
// has the cause. token/host/reason_table.h gives each its errno, its exit status and its name in
// --json.
enum class Reason {
  kNoTpm,           // no TPM answers: look for the device, its permissions, the TCTI string
  kWrongTpm,        // a TPM answers, but not the one that sealed: another passphrase, then enroll
  kBusy,            // try again
  kLockout,         // dictionary-attack lockout: wait, or use another passphrase
  kPolicyMismatch,  // the machine is in another state: another passphrase, then seal again
  kWrongPin,        // type it again
  kNeedPin,         // ask for it
  kDowngrade,       // the TPM offers less protection than the token demands: suspect the bus
  kBadToken,        // the token is damaged, or other software made it
  kBadDevice,       // not a LUKS2 volume, or one that cannot be read or written
  kBadPassphrase,   // no given passphrase opens the volume
  kNoMemory,        // memory cannot be allocated now: free some
  kNotSupported,    // the request cannot be carried out as it is: change it
  kInternal,        // report it
};

// Whom an error of a token concerns, while a host tries several tokens.
enum class Concern {
  kUser,       // the user, who sees it each time
  kWalk,       // all tokens together: the user sees it once
  kDebugging,  // only a user who asks for debug messages
};

// The only exception that this project throws on purpose. `message` says what is wrong and where,
// `hint` says what to do. Neither ends in a full stop or contains a secret.
class Error : public std::runtime_error {
 public:
  Error(Reason reason, const std::string &message, std::string hint = {},
        Concern concern = Concern::kUser)
      : std::runtime_error(message), reason_(reason), hint_(std::move(hint)), concern_(concern) {}

  Reason reason() const noexcept { return reason_; }
  const std::string &hint() const noexcept { return hint_; }
  Concern concern() const noexcept { return concern_; }
  // Returns "message: hint", the one sentence that a user sees.
  std::string Sentence() const { return hint_.empty() ? what() : what() + (": " + hint_); }

 private:
  Reason reason_;
  std::string hint_;
  Concern concern_;
};

}  // namespace tpm2_sealed
