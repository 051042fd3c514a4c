// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/bus/answers.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

namespace tpm2_sealed::test {
namespace {

[[noreturn]] void ThrowNothing() { throw std::runtime_error("there is nothing to replay"); }

}  // namespace

// A line for each: the code, the size and the bytes, in decimal.
Answers::Answers() {
  const char *path = std::getenv("INTERPOSER_REPLAY");
  if (path == nullptr) return;
  std::ifstream file(path);
  std::uint32_t code = 0;
  for (std::size_t size = 0; file >> code >> size;) {
    Bytes answer(size);
    for (std::uint8_t &byte : answer) {
      unsigned value = 0;
      file >> value;
      byte = static_cast<std::uint8_t>(value);
    }
    earlier_[code].push_back(answer);
  }
}

Answers &Answers::Here() {
  static Answers here;
  return here;
}

void Answers::Add(std::uint32_t code, const Bytes &answer) {
  here_[code].push_back(answer);
  const char *path = std::getenv("INTERPOSER_RECORD");
  if (path == nullptr) return;
  std::ofstream file(path, std::ios::app);
  file << code << ' ' << answer.size();
  for (const std::uint8_t byte : answer) file << ' ' << unsigned{byte};
  if (!(file << std::endl)) throw std::runtime_error("an answer cannot be recorded");
}

const Bytes &Answers::Last(std::uint32_t code) const {
  const auto found = here_.find(code);
  if (found == here_.end()) ThrowNothing();
  return found->second.back();
}

const Bytes &Answers::Earlier(std::uint32_t code) const {
  const auto found = earlier_.find(code);
  if (found == earlier_.end()) ThrowNothing();
  const auto here = here_.find(code);
  const std::size_t place = here == here_.end() ? 0 : here->second.size();
  return found->second[std::min(place, found->second.size() - 1)];
}

}  // namespace tpm2_sealed::test
