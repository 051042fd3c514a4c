// SPDX-License-Identifier: LGPL-2.1-or-later
// PinTries: the wrong PINs that were typed in this process, counted for each volume. systemd
// repeats its PIN prompt for as long as a plugin says that the PIN was wrong, and each wrong one
// costs tries of the TPM. A host offers one typed PIN to every token of the volume. That counts as
// one PIN here; Budget limits how many tokens it is tried on.
#pragma once

#include <string>

#include "lib/base/bytes.h"

namespace tpm2_sealed {

class PinTries {
 public:
  // `visits` is what it is for OpenPass.
  explicit PinTries(std::string uuid, int visits = 1) : uuid_(std::move(uuid)), visits_(visits) {}

  // What the host offers to a token now. `number` tells the typed PINs of a volume apart. The same
  // bytes are the same typed PIN if they are offered to the next token, or to the same token in
  // another visit of the same walk. `may_try` is false once three typed PINs were wrong, so that
  // the passphrase prompt comes. `was_wrong` says that this PIN was wrong for this token before.
  struct Offer {
    unsigned number;
    bool may_try;
    bool was_wrong;
  };
  Offer Take(int token, ByteView pin);
  // Counts the PIN that was taken last as wrong for the token that it was taken for.
  void CountWrong();
  // Forgets the wrong PINs, since the last one was right: the user knows it.
  void Forget();

 private:
  std::string uuid_;
  int visits_;
};

}  // namespace tpm2_sealed
