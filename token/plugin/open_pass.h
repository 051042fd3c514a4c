// SPDX-License-Identifier: LGPL-2.1-or-later
// OpenPass: one walk of the host over the tokens of a volume, without a PIN or with one that was
// typed. Its tokens share a Budget, and what is said when that is spent is said once. It ends with
// success, with another PIN, or when a token comes more often than the host visits it in one walk.
#pragma once

#include <memory>
#include <string>

#include "lib/base/budget.h"

namespace tpm2_sealed {

class OpenPass {
 public:
  // `visits`: how often the host comes to a token in one walk. libcryptsetup walks once for each
  // keyslot priority that the header has (lib/luks2/luks2_token.c), and the header is anybody's: so
  // a second visit is no reason for another budget.
  explicit OpenPass(std::string uuid, int visits = 1) : uuid_(std::move(uuid)), visits_(visits) {}

  // The budget of the walk that this token belongs to. `pin`: the number of the typed PIN, 0
  // without one.
  std::shared_ptr<Budget> Budgeted(int token, unsigned pin);
  // True once in a walk.
  bool IsFirstToSay();
  // A token opened the volume.
  void End();

 private:
  std::string uuid_;
  int visits_;
};

}  // namespace tpm2_sealed
