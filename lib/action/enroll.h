// SPDX-License-Identifier: LGPL-2.1-or-later
// Enroll: adds a keyslot whose passphrase only this TPM gives.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/action/new_token.h"
#include "lib/action/seal.h"
#include "lib/action/unlock.h"
#include "lib/base/secret.h"
#include "lib/luks/volume.h"

namespace tpm2_sealed {

struct EnrollRequest {
  SealRequest seal;            // its `force` adds a token even if an equal one exists
  std::optional<int> keyslot;  // nullopt: the first free one
};

enum class Changed { kNo, kYes };

// kOpened: the token was opened. kButLatch: the latch is extended already, so the token opens at
// the next boot; everything else was proved (proof.h). kByMac: the latch is extended already, and
// the token was there before. Its secret cannot be unsealed now, but its mac shows that somebody
// who could open the volume made it for this very keyslot, and it loads.
enum class Proof { kOpened, kButLatch, kByMac };

struct EnrollResult {
  int token = -1;
  int keyslot = -1;
  Changed changed = Changed::kYes;
  Proof proof = Proof::kOpened;
  TokenRecord record;
  std::vector<Warning> warnings;
  std::vector<std::string> notes;
};

// One enroll, with its steps in the order in which they are called. What can be refused without an
// authorization is refused before there is one. Between the authorization and Add the caller
// changes the machine (consent to plain sessions, lockoutAuth).
class Enrollment {
 public:
  // `volume`, `tpm` and `request` must outlive it. Throws Error if the request cannot be sealed.
  Enrollment(Volume &volume, Tpm &tpm, const EnrollRequest &request);
  Enrollment(const Enrollment &) = delete;
  Enrollment &operator=(const Enrollment &) = delete;
  ~Enrollment();

  // Returns a token that already does what is asked for, proved by opening it. Throws Error.
  std::optional<EnrollResult> FindEqual();
  // Does the same for a token that waits for the next boot, proved by its mac.
  std::optional<EnrollResult> FindEqualByMac(const Authorization &authorization);
  // Adds a token that is sealed as asked, with a keyslot of its own, after it was proved to work
  // (new_token.h). If it throws Error, the volume opens as before and nothing is left of the
  // attempt.
  EnrollResult Add(const Authorization &authorization);

 private:
  class Tokens;

  Volume &volume_;
  Tpm &tpm_;
  const EnrollRequest &request_;
  std::optional<PcrValues> pcrs_;
  std::unique_ptr<Tokens> existing_;
};

// Puts what was added into the result.
void Take(EnrollResult &result, NewToken added);

// Authorizes by any token of the volume that opens without a PIN; returns nullopt if none does.
std::optional<Authorization> AuthorizeByToken(Volume &volume, Tpm &tpm);

}  // namespace tpm2_sealed
