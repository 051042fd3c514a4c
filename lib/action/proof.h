// SPDX-License-Identifier: LGPL-2.1-or-later
// TokenProof: shows that the TPM gives what was sealed, before the volume knows of the token.
//
// The token is opened as the plugin would open it, under the keys that the sealer has opened and
// compared, and the result is compared with the secret. If the latch is extended already, as on
// every running system, everything but that one PCR is proved. No object that opens the volume
// without the latch is ever made: it would have to be loaded, and whoever saw that on the bus would
// have what the latch keeps from him. Instead a sample is sealed and unsealed under the same keys
// and the same policy without the latch; and the real object is loaded, which the TPM refuses if it
// is damaged or belongs to another parent.
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
  // `record` is the token in which `sealer` has sealed `secret` for `request`. The sealer cannot be
  // used afterwards. Throws Error if the proof fails.
  static TokenProof Make(Tpm &tpm, Sealer &sealer, const SealRequest &request,
                         const TokenRecord &record, const SecretBytes &secret);

  Proved proved() const { return proved_; }
  // Returns whether `json`, a token of a header, is what was proved in every field but keyslots,
  // pending mark and mac, which are written later.
  bool IsOf(const std::string &json) const;
  // Returns the keyslot passphrase that the token gives.
  SecretBytes Passphrase() const;

 private:
  TokenProof(TokenRecord record, SecretBytes passphrase, Proved proved)
      : record_(std::move(record)), passphrase_(std::move(passphrase)), proved_(proved) {}

  TokenRecord record_;
  SecretBytes passphrase_;
  Proved proved_;
};

}  // namespace tpm2_sealed
