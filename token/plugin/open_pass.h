// SPDX-License-Identifier: LGPL-2.1-or-later
// OpenPass: one walk of the host over the tokens of a volume, without a PIN or with one that was
// typed. Its tokens share a Budget, and it is said only once that the Budget is spent. The walk
// ends when a token opens the volume, when another PIN is typed, or when a token comes more often
// than the host visits it in one walk.
#pragma once

#include <memory>
#include <string>

#include "lib/base/budget.h"

namespace tpm2_sealed {

class OpenPass {
 public:
  // `visits` is how often the host comes to a token in one walk. libcryptsetup walks once for each
  // keyslot priority that the header has (lib/luks2/luks2_token.c). Anybody can write the header,
  // so a second visit is no reason for another budget.
  explicit OpenPass(std::string uuid, int visits = 1) : uuid_(std::move(uuid)), visits_(visits) {}

  // Returns the budget of the walk that this token belongs to. `pin` is the number of the typed
  // PIN, 0 without one.
  std::shared_ptr<Budget> Budgeted(int token, unsigned pin);
  // Returns true once in a walk.
  bool IsFirstToSay();
  // Ends the walk, since a token opened the volume.
  void End();

 private:
  std::string uuid_;
  int visits_;
};

}  // namespace tpm2_sealed
