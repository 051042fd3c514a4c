// SPDX-License-Identifier: LGPL-2.1-or-later
// PinHint: keeps what a token with a PIN had to say while later tokens of the volume could still
// open it without a question. It is said only if none of them did.
#pragma once

#include <string>

namespace tpm2_sealed {

class PinHint {
 public:
  explicit PinHint(std::string uuid) : uuid_(std::move(uuid)) {}

  // Keeps the first sentence only.
  void Keep(const std::string &sentence);
  // Returns what was kept and forgets it; an empty string if nothing was kept.
  std::string Take();

 private:
  std::string uuid_;
};

}  // namespace tpm2_sealed
