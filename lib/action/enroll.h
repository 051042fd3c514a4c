// SPDX-License-Identifier: LGPL-2.1-or-later
// Enroll: a new keyslot whose passphrase only this TPM gives.
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
  std::optional<int> keyslot;  // nothing: the first free one
};

enum class Changed { kNo, kYes };

// kButLatch: the latch is extended already, so that the token opens at the next boot; everything
// else was proved (proof.h). kByMac: the same latch, and a token that was there before: its
// secret cannot be tried, but its mac shows that it was made by who could open the volume, for the
// very keyslot, and it loads.
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

// One enroll, in the order of its steps. What can be refused without an authorization is refused
// before there is one; and what the machine has to consent to comes between authorization and Add.
class Enrollment {
 public:
  // `volume`, `tpm` and `request` outlive it. Throws Error for what cannot be sealed as asked.
  Enrollment(Volume &volume, Tpm &tpm, const EnrollRequest &request);
  Enrollment(const Enrollment &) = delete;
  Enrollment &operator=(const Enrollment &) = delete;
  ~Enrollment();

  // A token that does already what is asked for, shown by opening it. Throws Error.
  std::optional<EnrollResult> FindEqual();
  // The same, shown by its mac, of one that waits for the next boot.
  std::optional<EnrollResult> FindEqualByMac(const Authorization &authorization);
  // Adds a token that is sealed as asked, with a keyslot of its own, after it was proved that it
  // works (new_token.h). Throws Error; then the volume opens as it did before and nothing is left
  // of the attempt.
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

// By whatever token of the volume opens without a PIN; nullopt if none does.
std::optional<Authorization> AuthorizeByToken(Volume &volume, Tpm &tpm);

}  // namespace tpm2_sealed
