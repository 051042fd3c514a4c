// SPDX-License-Identifier: LGPL-2.1-or-later
// HungTpms: the TPMs that did not answer in time, as this process knows them. A header may hold 32
// copies of a token, and each would wait for the whole limit before the passphrase prompt comes.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace tpm2_sealed {

// What comes of a TPM that has not answered this process in time.
enum class IfHung {
  kRefuse,  // nothing: one limit for all tokens that are tried
  kAsk,     // it is asked again, for what must be done if it can be
};

// By their TCTI strings. A host may use them in several threads.
class HungTpms {
 public:
  using Clock = std::chrono::steady_clock;
  // Long enough for every token of every volume, and a host that goes on for days asks anew.
  static constexpr std::chrono::minutes kRemembered{10};

  // Those of the process. A new process starts anew.
  static HungTpms &Here();

  // Called below libtss2, which no exception may pass: without memory nothing is remembered.
  void Add(const std::string &tcti, Clock::time_point now = Clock::now()) noexcept;
  bool Contains(const std::string &tcti, Clock::time_point now = Clock::now()) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Clock::time_point> since_;
};

}  // namespace tpm2_sealed
