// SPDX-License-Identifier: LGPL-2.1-or-later
// Enroll: a new keyslot whose passphrase only this TPM gives.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/secret.h"
#include "lib/luks/volume.h"
#include "lib/new_token.h"
#include "lib/seal.h"
#include "lib/unlock.h"

namespace tpm2_sealed {

struct EnrollRequest {
  SealRequest seal;            // its `force` adds a token even if an equal one exists
  std::optional<int> keyslot;  // nothing: the first free one
  // The volume key, by whatever authorises the change. Called only once everything that can be
  // refused without it has been.
  std::function<SecretBytes(Volume &)> authorize;
};

enum class Changed { kNo, kYes };

// kButLatch: the latch is extended already, so that the token opens at the next boot; everything
// else was proved (latch_proof.h).
enum class Proof { kOpened, kButLatch };

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
EnrollResult Enroll(Volume &volume, const TpmAccess &access, const EnrollRequest &request);

}  // namespace tpm2_sealed
