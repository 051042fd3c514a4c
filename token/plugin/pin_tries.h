// SPDX-License-Identifier: LGPL-2.1-or-later
// PinTries: the wrong PINs that were typed in this process, counted for each volume. systemd
// repeats its PIN prompt for as long as a plugin says that the PIN was wrong, and each wrong one
// costs the TPM's owner tries. A host offers one typed PIN to every token of the volume: that is
// one PIN, and how many tokens it is tried on is for Budget to say.
#pragma once

#include <string>

#include "lib/base/bytes.h"

namespace tpm2_sealed {

class PinTries {
 public:
  // `visits`: as of OpenPass.
  explicit PinTries(std::string uuid, int visits = 1) : uuid_(std::move(uuid)), visits_(visits) {}

  // What the host offers to a token now. `number` tells the typed PINs of a volume apart: the same
  // bytes for the next token are the same typed PIN, and for the same token again, too, as long as
  // it is another visit of the same walk. `may_try` is false once three typed ones were wrong, so
  // that the passphrase prompt comes; `was_wrong`: this one was wrong for this token already.
  struct Offer {
    unsigned number;
    bool may_try;
    bool was_wrong;
  };
  Offer Take(int token, ByteView pin);
  // The PIN that was taken last was wrong for the token that it was taken for.
  void CountWrong();
  // The PIN was right: the user knows it.
  void Forget();

 private:
  std::string uuid_;
  int visits_;
};

}  // namespace tpm2_sealed
