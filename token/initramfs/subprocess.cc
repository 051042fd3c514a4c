// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/initramfs/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "lib/base/error.h"

namespace tpm2_sealed {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxOutput = 64 * 1024 * 1024;

// A started program in its own process group. The destructor kills and reaps it.
class Child {
 public:
  explicit Child(const std::vector<std::string> &arguments);
  Child(const Child &) = delete;
  Child &operator=(const Child &) = delete;
  ~Child() {
    (void)::close(output_);
    // This kills the whole group, with the programs that it started. If all have ended, there is no
    // group.
    (void)::kill(-pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  int output() const { return output_; }

 private:
  pid_t pid_ = -1;
  int output_ = -1;
};

Child::Child(const std::vector<std::string> &arguments) {
  std::array<int, 2> ends = {-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw Error(Reason::kBusy, "a pipe cannot be created");
  std::vector<char *> argv;
  for (const std::string &argument : arguments)
    argv.push_back(const_cast<char *>(argument.c_str()));
  argv.push_back(nullptr);
  std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  std::string locale = "LC_ALL=C";
  std::array<char *, 3> environment = {path.data(), locale.data(), nullptr};

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  (void)::posix_spawn_file_actions_init(&actions);
  (void)::posix_spawnattr_init(&attributes);
  (void)::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  (void)::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  (void)::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  (void)::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  (void)::posix_spawnattr_setpgroup(&attributes, 0);
  const int error =
      ::posix_spawn(&pid_, argv[0], &actions, &attributes, argv.data(), environment.data());
  (void)::posix_spawnattr_destroy(&attributes);
  (void)::posix_spawn_file_actions_destroy(&actions);
  (void)::close(ends[1]);
  output_ = ends[0];
  if (error != 0) {
    (void)::close(output_);
    throw Error(Reason::kNotSupported,
                arguments[0] + " cannot be started (" + std::strerror(error) + ")");
  }
}

}  // namespace

std::optional<std::string> FindProgram(const std::string &name) {
  for (const char *folder : {"/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"}) {
    std::string path = folder + name;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return std::nullopt;
}

std::string OutputOf(const std::vector<std::string> &arguments, std::chrono::seconds limit) {
  const Child child(arguments);
  const auto deadline = Clock::now() + limit;
  std::string output;
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd wait{.fd = child.output(), .events = POLLIN, .revents = 0};
    const int ready = left <= 0 ? 0 : ::poll(&wait, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0 || output.size() > kMaxOutput) {
      throw Error(Reason::kBusy, arguments[0] + " does not end", "try again");
    }
    char part[65536];
    const ssize_t got = ::read(child.output(), part, sizeof part);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return output;
    output.append(part, static_cast<std::size_t>(got));
  }
}

}  // namespace tpm2_sealed
