// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/pin_tries.h"

#include <map>
#include <mutex>

namespace tpm2_sealed {
namespace {

constexpr int kMostTries = 3;  // as many as cryptsetup asks for in one call

// A host may open volumes in several threads.
std::mutex mutex;
std::map<std::string, int> wrong_tries;

}  // namespace

bool PinTries::MayTry() const {
  const std::lock_guard lock(mutex);
  const auto found = wrong_tries.find(uuid_);
  return found == wrong_tries.end() || found->second < kMostTries;
}

void PinTries::CountWrong() {
  const std::lock_guard lock(mutex);
  ++wrong_tries[uuid_];
}

void PinTries::Forget() {
  const std::lock_guard lock(mutex);
  wrong_tries.erase(uuid_);
}

}  // namespace tpm2_sealed
