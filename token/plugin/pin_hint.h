// SPDX-License-Identifier: LGPL-2.1-or-later
// PinHint: what a token with a PIN had to say while later tokens of the volume could still open it
// without a question. Said only if none of them did.
#pragma once

#include <string>

namespace tpm2_sealed {

class PinHint {
 public:
  explicit PinHint(std::string uuid) : uuid_(std::move(uuid)) {}

  // The first one is kept.
  void Keep(const std::string &sentence);
  // What was kept, and forgets it; empty if nothing was.
  std::string Take();

 private:
  std::string uuid_;
};

}  // namespace tpm2_sealed
