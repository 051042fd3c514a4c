// SPDX-License-Identifier: LGPL-2.1-or-later
// Enroll: a new keyslot whose passphrase only this TPM gives.
#pragma once

#include <functional>
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
  // Whatever authorises the change. Called only if it is needed, and once everything that can be
  // refused without it has been.
  std::function<Authorization(Volume &)> authorize;
};

enum class Changed { kNo, kYes };

// kButLatch: the latch is extended already, so that the token opens at the next boot; everything
// else was proved (latch_proof.h). kByMac: the same latch, and a token that was there before: its
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

// Adds a token that is sealed as asked, with a keyslot of its own, and proves by opening that it
// works (new_token.h). Throws Error; then the volume opens as it did before and nothing is left of
// the attempt.
EnrollResult Enroll(Volume &volume, const Machine &machine, const EnrollRequest &request);

}  // namespace tpm2_sealed
