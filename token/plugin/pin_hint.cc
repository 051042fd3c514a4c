// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/plugin/pin_hint.h"

#include <map>
#include <mutex>

namespace tpm2_sealed {
namespace {

// A host may open volumes in several threads.
std::mutex mutex;
std::map<std::string, std::string> kept;

}  // namespace

void PinHint::Keep(const std::string &sentence) {
  const std::lock_guard lock(mutex);
  kept.emplace(uuid_, sentence);
}

std::string PinHint::Take() {
  const std::lock_guard lock(mutex);
  const auto node = kept.extract(uuid_);
  return node.empty() ? std::string() : node.mapped();
}

}  // namespace tpm2_sealed
