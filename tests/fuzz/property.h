// SPDX-License-Identifier: LGPL-2.1-or-later
// What every fuzz target needs: properties that must hold for every input, and the one way in which
// input may be refused.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/base/utf8.h"

// A target is a file that defines this. The fuzzer's main is libFuzzer's; in `make check` it is
// that of replay.cc.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

namespace tpm2_sealed::fuzz {

// The fuzzer keeps the input that brought the program down.
[[noreturn]] inline void Broken(const std::string &what) {
  std::fprintf(stderr, "broken: %s\n", Printable(what).c_str());
  std::abort();
}

inline void Hold(bool holds, const char *what) {
  if (!holds) Broken(what);
}

// What a user would see: one sentence, whatever the input was, and not without end.
inline void CheckSentence(const Error &error, std::size_t input_size) {
  constexpr std::size_t kOwnWords = 1000;
  const std::string message = error.what();
  Hold(!message.empty(), "an Error says something");
  // What is quoted is the input's, and a zero byte in it ends the message.
  const bool quotes = message.find('\'') != std::string::npos;
  Hold(quotes || !message.ends_with('.'), "no full stop at its end");
  Hold(!error.hint().ends_with('.'), "nor at that of the hint");
  Hold(error.hint().find('\n') == std::string::npos, "a hint is one line");
  Hold(error.Sentence().size() <= kOwnWords + input_size, "a sentence is not longer than a page");
}

// The Error that `action` ends with; nothing if it succeeds. Any other exception breaks the promise
// that Error is the only one.
template <typename Action>
std::optional<Error> RefusalOf(std::size_t input_size, Action &&action) {
  try {
    action();
    return std::nullopt;
  } catch (const Error &error) {
    CheckSentence(error, input_size);
    return error;
  } catch (const std::exception &error) {
    Broken(std::string("not an Error: ") + error.what());
  }
}

inline std::string_view TextOf(ByteView bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

// The first byte of an input, which chooses what is done with the rest; 0 if there is none.
inline std::uint8_t TakeByte(ByteView &input) {
  if (input.empty()) return 0;
  const std::uint8_t byte = input.front();
  input = input.subspan(1);
  return byte;
}

// A piece of an input: its size in two bytes, and as much of it as there is.
inline ByteView TakePiece(ByteView &input) {
  const std::size_t high = TakeByte(input), low = TakeByte(input);
  const std::size_t size = std::min(high << 8 | low, input.size());
  const ByteView piece = input.first(size);
  input = input.subspan(size);
  return piece;
}

}  // namespace tpm2_sealed::fuzz
