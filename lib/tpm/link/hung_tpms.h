// SPDX-License-Identifier: LGPL-2.1-or-later
// HungTpms: remembers which TPMs did not answer this process in time. A header may hold 32 copies
// of a token, and each of them would wait for the whole limit before the passphrase prompt comes.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace tpm2_sealed {

// What to do with a TPM that has not answered this process in time.
enum class IfHung {
  kRefuse,  // not asked again, so that all tokens that are tried wait for one limit
  kAsk,     // asked again: for the latch, which must be closed if that is possible
};

// TPMs are known by their TCTI strings. A host may call this from several threads.
class HungTpms {
 public:
  using Clock = std::chrono::steady_clock;
  // This is long enough for all tokens of all volumes, and a host that runs for days asks again.
  static constexpr std::chrono::minutes kRemembered{10};

  // Returns the list of this process.
  static HungTpms &Here();

  // Is called below libtss2, which no exception may cross: without memory, the TPM is not
  // remembered.
  void Add(const std::string &tcti, Clock::time_point now = Clock::now()) noexcept;
  bool Contains(const std::string &tcti, Clock::time_point now = Clock::now()) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Clock::time_point> since_;
};

}  // namespace tpm2_sealed
