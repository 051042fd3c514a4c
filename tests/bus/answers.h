// SPDX-License-Identifier: LGPL-2.1-or-later
// Answers: what the TPM answered before, in this process and in an earlier one, to be replayed.
// INTERPOSER_RECORD names a file to which every genuine answer is appended, INTERPOSER_REPLAY one
// that an earlier process has filled so.
#pragma once

#include <map>
#include <vector>

#include "tests/bus/message.h"

namespace tpm2_sealed::test {

class Answers {
 public:
  // Those of the process, from one connection to the next.
  static Answers &Here();

  // A genuine answer to a command of that code, whether it was replaced or not; or the refusal that
  // a rule gives for the TPM.
  void Add(std::uint32_t code, const Bytes &answer);
  // The one before, to a command of that code. Throws if there is none: then nothing is replayed,
  // and a test that passes would say nothing.
  const Bytes &Last(std::uint32_t code) const;
  // What the earlier process was answered where this one is now: at its first command of that code
  // the first such answer, and so on; its last one, if it had fewer. Throws as Last().
  const Bytes &Earlier(std::uint32_t code) const;

 private:
  Answers();

  std::map<std::uint32_t, std::vector<Bytes>> here_, earlier_;
};

}  // namespace tpm2_sealed::test
