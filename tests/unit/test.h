// SPDX-License-Identifier: LGPL-2.1-or-later
// What every unit test needs: CMocka as C++ takes it, and checks that say what they compared.
//
// Include it last: CMocka's macro `fail` breaks the standard library's headers. A failing check
// jumps (longjmp) past destructors, so a test body owns nothing but memory.
#pragma once

#include <exception>
#include <functional>
#include <string>
#include <string_view>

#include "lib/base/bytes.h"
#include "lib/base/encoding.h"
#include "lib/base/error.h"

// cmocka.h uses these without including them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

extern "C" {
#include <cmocka.h>
}

namespace tpm2_sealed::test {

// The caller's place, as a default argument. std::source_location is not in all compilers that
// build this.
struct Where {
  const char *file;
  int line;
  static constexpr Where Here(const char *at_file = __builtin_FILE(),
                              int at_line = __builtin_LINE()) {
    return {at_file, at_line};
  }
};

inline void FailAt(const Where &where, const std::string &problem) {
  print_error("%s\n", problem.c_str());
  _fail(where.file, where.line);
}

// `what` says which of several cases it was.
inline void Expect(bool ok, const std::string &what, Where where = Where::Here()) {
  if (!ok) FailAt(where, "not so: " + what);
}

// Unlike assert_string_equal it does not stop at a zero byte.
inline void ExpectText(std::string_view actual, std::string_view expected,
                       Where where = Where::Here()) {
  if (actual == expected) return;
  FailAt(where,
         "it is     '" + std::string(actual) + "'\nshould be '" + std::string(expected) + "'");
}

inline void ExpectContains(std::string_view text, std::string_view part,
                           Where where = Where::Here()) {
  if (text.find(part) != std::string_view::npos) return;
  FailAt(where, "'" + std::string(part) + "' is not in '" + std::string(text) + "'");
}

// Hex digits may be grouped by blanks in the tests.
inline std::string Joined(std::string_view hex) {
  std::string joined(hex);
  std::erase(joined, ' ');
  return joined;
}

inline void ExpectHex(ByteView actual, std::string_view hex, Where where = Where::Here()) {
  ExpectText(HexEncode(actual), Joined(hex), where);
}

// Fails unless `action` throws an Error of that reason whose message contains `part`.
inline void ExpectError(Reason reason, const std::function<void()> &action, std::string_view part,
                        Where where = Where::Here()) {
  std::string problem = "no Error; expected one that says '" + std::string(part) + "'";
  try {
    action();
  } catch (const Error &error) {
    problem.clear();
    if (error.reason() != reason) {
      problem = "reason " + std::to_string(static_cast<int>(error.reason())) + " instead of " +
                std::to_string(static_cast<int>(reason)) + ": " + error.what();
    } else if (std::string_view(error.what()).find(part) == std::string_view::npos) {
      problem = "'" + std::string(part) + "' is not in '" + error.what() + "'";
    }
  } catch (const std::exception &error) {
    problem = std::string("not an Error: ") + error.what();
  }
  // Not in the handlers: a jump out of one would never end it.
  if (!problem.empty()) FailAt(where, problem);
}

// Test data; std::bad_optional_access if it is not hex.
inline Bytes FromHex(std::string_view hex) { return HexDecode(Joined(hex)).value(); }

inline ByteView View(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()};
}

// Runs a test's body: an exception that it lets out fails this test instead of ending the program.
template <void (*Body)()>
void Run(void **) {
  std::string problem;
  try {
    Body();
    return;
  } catch (const std::exception &error) {
    problem = error.what();
  }
  FailAt(Where::Here(), "uncaught exception: " + problem);
}

}  // namespace tpm2_sealed::test

#define UNIT_TEST(body) \
  CMUnitTest { #body, tpm2_sealed::test::Run < body>, nullptr, nullptr, nullptr }
