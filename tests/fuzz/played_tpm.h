// SPDX-License-Identifier: LGPL-2.1-or-later
// PlayedTpm: a TPM that the target plays, behind TCTI strings that begin with "played". The rest of
// the way is real: Transport, ESYS, and all of lib/. Waiting takes no time, and random numbers are
// the same in every run, so that recorded answers with their HMACs are right again.
#pragma once

#include <optional>

#include "lib/base/bytes.h"

namespace tpm2_sealed::fuzz {

class PlayedTpm {
 public:
  virtual ~PlayedTpm() = default;
  // Nothing: the connection is lost.
  virtual std::optional<Bytes> Answer(ByteView command) = 0;
};

// As long as it lives, connections are to `tpm`, and random numbers begin anew.
class Playing {
 public:
  explicit Playing(PlayedTpm &tpm);
  Playing(const Playing &) = delete;
  Playing &operator=(const Playing &) = delete;
  ~Playing();
};

}  // namespace tpm2_sealed::fuzz
