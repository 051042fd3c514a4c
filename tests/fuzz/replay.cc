// SPDX-License-Identifier: LGPL-2.1-or-later
// replay: the main of a fuzz target in `make check`. Gives it every file of its corpus, or those
// that are named, each in a process of its own, so that one that brings it down hides no other.
// Results in TAP.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/property.h"

namespace {

namespace fs = std::filesystem;

constexpr unsigned kSeconds = 60;  // for one file; valgrind and a busy machine included

std::vector<char> Content(const fs::path &path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    std::printf("Bail out! cannot read %s\n", path.c_str());
    std::exit(99);
  }
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// In the child: on a copy without room behind it, so that a sanitizer sees a read past its end.
[[noreturn]] void Play(const fs::path &path, const std::vector<char> &content) {
  constexpr rlimit kNoCore = {.rlim_cur = 0, .rlim_max = 0};
  (void)setrlimit(RLIMIT_CORE, &kNoCore);
  alarm(kSeconds);
  (void)setenv("REPLAYED_FILE", path.filename().c_str(), 1);
  std::uint8_t *exact = new std::uint8_t[content.size()];
  std::copy(content.begin(), content.end(), exact);
  LLVMFuzzerTestOneInput(exact, content.size());
  delete[] exact;
  // Without what a sanitizer says of leaks: libtss2's own would count (fuzz.test).
  std::_Exit(0);
}

// How it ended, if not well.
std::string ProblemOf(const fs::path &path) {
  const std::vector<char> content = Content(path);
  std::fflush(stdout);
  const pid_t child = fork();
  if (child < 0) return "cannot fork";
  if (child == 0) Play(path, content);
  int status = 0;
  if (waitpid(child, &status, 0) != child) return "cannot wait";
  if (WIFSIGNALED(status)) return std::string("ended by ") + strsignal(WTERMSIG(status));
  return WEXITSTATUS(status) == 0 ? "" : "exit status " + std::to_string(WEXITSTATUS(status));
}

// $srcdir/tests/fuzz/corpus/TARGET, sorted: a test's numbers must not change between runs.
std::vector<fs::path> Corpus(const fs::path &program) {
  const char *source = std::getenv("srcdir");
  const fs::path folder =
      fs::path(source != nullptr ? source : ".") / "tests/fuzz/corpus" / program.filename();
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto &entry : fs::directory_iterator(folder, error)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char **argv) {
  const std::vector<fs::path> files =
      argc > 1 ? std::vector<fs::path>(argv + 1, argv + argc) : Corpus(argv[0]);
  int number = 0;
  int failed = 0;
  for (const fs::path &file : files) {
    const std::string problem = ProblemOf(file);
    failed += problem.empty() ? 0 : 1;
    std::printf("%s %d - %s%s%s\n", problem.empty() ? "ok" : "not ok", ++number,
                file.filename().c_str(), problem.empty() ? "" : ": ", problem.c_str());
  }
  // A corpus that was not found is no success.
  if (files.empty()) std::printf("not ok %d - there is a corpus\n", ++number);
  std::printf("1..%d\n", number);
  return failed == 0 && !files.empty() ? 0 : 1;
}
