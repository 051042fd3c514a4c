// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/plugin/open_pass.h"

#include <map>
#include <mutex>
#include <utility>

namespace tpm2_sealed {
namespace {

struct Walk {
  unsigned pin = 0;
  std::map<int, int> visits;  // of each token
  std::shared_ptr<Budget> budget;
  bool is_said = false;
};

// A host may open volumes in several threads.
std::mutex mutex;
std::map<std::string, Walk> walks;

}  // namespace

std::shared_ptr<Budget> OpenPass::Budgeted(int token, unsigned pin) {
  const std::lock_guard lock(mutex);
  Walk &walk = walks[uuid_];
  if (!walk.budget || walk.pin != pin || walk.visits[token] >= visits_) {
    walk = {.pin = pin, .visits = {}, .budget = std::make_shared<Budget>(), .is_said = false};
  }
  ++walk.visits[token];
  return walk.budget;
}

bool OpenPass::IsFirstToSay() {
  const std::lock_guard lock(mutex);
  return !std::exchange(walks[uuid_].is_said, true);
}

void OpenPass::End() {
  const std::lock_guard lock(mutex);
  walks.erase(uuid_);
}

}  // namespace tpm2_sealed
