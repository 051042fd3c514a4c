// SPDX-License-Identifier: LGPL-2.1-or-later
// LatchProof: what enroll can prove of a token whose latch is extended already, as on every running
// system: everything but that one PCR.
//
// No object that opens the volume without the latch is ever made, not even for a moment: it would
// have to be loaded, and whoever saw that on the bus would have what the latch keeps from him. So a
// sample of its own goes the whole way, under the same keys and the same policy without the latch;
// the real object is loaded, which the TPM refuses if it is damaged or not its parent's; and the
// keyslot is made and opened with what went into the real object.
#pragma once

#include <string>

#include "lib/action/seal.h"
#include "lib/action/unlock.h"
#include "lib/base/bytes.h"
#include "lib/base/secret.h"
#include "lib/sealed/sealed_token.h"

namespace tpm2_sealed {

class LatchProof {
 public:
  // `record`: the token that `secret` was sealed in by `request` and `keys`. Throws Error if the
  // proof fails.
  static LatchProof Make(const Machine &machine, const ChosenKeys &keys, const SealRequest &request,
                         const TokenRecord &record, const SecretBytes &secret);

  // Whether `json` is that token.
  bool IsOf(const std::string &json) const;
  // What it will give.
  SecretBytes Passphrase() const;

 private:
  LatchProof(Bytes sealed, SecretBytes passphrase)
      : sealed_(std::move(sealed)), passphrase_(std::move(passphrase)) {}

  Bytes sealed_;  // the private area, which no other token has
  SecretBytes passphrase_;
};

// Whether the latch is extended now.
bool IsLatchClosed(const Machine &machine, const LatchPcr &latch);

// Whether the token's latch alone keeps it from opening now, as far as can be seen without opening.
bool WaitsForBoot(const SealedToken &token, const Machine &machine);

}  // namespace tpm2_sealed
