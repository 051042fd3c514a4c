// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/link/hung_tpms.h"

#include <exception>

namespace tpm2_sealed {

HungTpms &HungTpms::Here() {
  static HungTpms here;
  return here;
}

void HungTpms::Add(const std::string &tcti, Clock::time_point now) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    since_[tcti] = now;
  } catch (const std::exception &) {
    // Without memory for the entry, the TPM is asked again.
  }
}

bool HungTpms::Contains(const std::string &tcti, Clock::time_point now) const {
  const std::lock_guard lock(mutex_);
  const auto found = since_.find(tcti);
  return found != since_.end() && now - found->second < kRemembered;
}

}  // namespace tpm2_sealed
