// SPDX-License-Identifier: LGPL-2.1-or-later
// TokenProof: that the TPM gives what was sealed, shown before the volume knows of the token.
//
// The token is opened as the plugin would open it, under the keys that the sealing has opened and
// compared, and what comes out is compared with what went in. Where the latch is extended already,
// as on every running system, that goes for everything but that one PCR: no object that opens the
// volume without the latch is ever made, not even for a moment: it would have to be loaded, and
// whoever saw that on the bus would have what the latch keeps from him. So a sample of its own goes
// the whole way, under the same keys and the same policy without the latch; and the real object is
// loaded, which the TPM refuses if it is damaged or not its parent's.
#pragma once

#include <string>

#include "lib/action/seal.h"
#include "lib/action/unlock.h"
#include "lib/base/secret.h"
#include "lib/sealed/sealed_token.h"

namespace tpm2_sealed {

// kOpened: the token was opened. kButLatch: the latch is extended already, so that it opens at the
// next boot; everything else was proved.
enum class Proved { kOpened, kButLatch };

class TokenProof {
 public:
  // `record`: what `secret` was sealed in by `sealer` as `request` says. The sealer is of no more
  // use. Throws Error if the proof fails.
  static TokenProof Make(Tpm &tpm, Sealer &sealer, const SealRequest &request,
                         const TokenRecord &record, const SecretBytes &secret);

  Proved proved() const { return proved_; }
  // Whether `json`, a token of a header, says in every field what was proved. Of its keyslots,
  // which it gets later, nothing was.
  bool IsOf(const std::string &json) const;
  // What it gives.
  SecretBytes Passphrase() const;

 private:
  TokenProof(TokenRecord record, SecretBytes passphrase, Proved proved)
      : record_(std::move(record)), passphrase_(std::move(passphrase)), proved_(proved) {}

  TokenRecord record_;
  SecretBytes passphrase_;
  Proved proved_;
};

}  // namespace tpm2_sealed
