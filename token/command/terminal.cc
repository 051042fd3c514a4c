// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/command/terminal.h"

#include <fcntl.h>
#include <sys/time.h>
#include <termios.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include "lib/base/error.h"
#include "lib/base/utf8.h"

namespace tpm2_sealed {
namespace {

constexpr std::size_t kMaxPassphrase = 512;  // as cryptsetup's prompt takes

class File {
 public:
  File(const std::string &path, int flags)
      : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC)) {
    if (fd_ < 0) Fail("cannot be opened");
  }
  static File StandardInput() { return File(); }
  File(const File &) = delete;
  File &operator=(const File &) = delete;
  ~File() { (void)::close(fd_); }
  int fd() const { return fd_; }
  [[noreturn]] void Fail(const char *what) const {
    throw Error(Reason::kBadDevice, path_ + " " + what + " (" + std::strerror(errno) + ")",
                "check the path");
  }

 private:
  File() : path_("standard input"), fd_(::dup(STDIN_FILENO)) {
    if (fd_ < 0) Fail("cannot be read");
  }

  std::string path_;
  int fd_;
};

// Reads `size` bytes, fewer only at the end of the input. Returns their number, or -1 with errno
// set.
ssize_t ReadFully(int fd, std::uint8_t *out, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(fd, out + done, size - done);
    if (got == 0) break;
    if (got < 0 && errno != EINTR) return -1;
    if (got > 0) done += static_cast<std::size_t>(got);
  }
  return static_cast<ssize_t>(done);
}

ByteView AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()};
}

volatile std::sig_atomic_t caught_signal = 0;

extern "C" void CatchSignal(int signal) { caught_signal = signal; }

// Reads one line without its newline, byte by byte, since what follows it belongs to somebody else.
SecretBytes ReadLine(int fd) {
  SecretBytes line(kMaxPassphrase);
  std::size_t size = 0;
  while (size < line.size()) {
    const ssize_t got = ::read(fd, line.data() + size, 1);
    if (got < 0 && errno == EINTR && caught_signal == 0) continue;
    if (got <= 0 || line.data()[size] == '\n') break;
    ++size;
  }
  line.Truncate(size);
  return line;
}

constexpr std::array kFatalSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// Keeps the echo of the terminal off while it lives. A signal that would end the program with the
// terminal left like that is caught, ends the wait for input, and is delivered again once the echo
// is back.
class EchoOff {
 public:
  explicit EchoOff(int fd) : fd_(fd) {
    struct sigaction action {};
    action.sa_handler = CatchSignal;
    caught_signal = 0;
    for (std::size_t i = 0; i < kFatalSignals.size(); ++i) {
      (void)::sigaction(kFatalSignals[i], &action, &old_actions_[i]);
    }
    if (::tcgetattr(fd, &old_) != 0) return;
    termios quiet = old_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    active_ = ::tcsetattr(fd, TCSAFLUSH, &quiet) == 0;
  }
  EchoOff(const EchoOff &) = delete;
  EchoOff &operator=(const EchoOff &) = delete;
  ~EchoOff() {
    if (active_) (void)::tcsetattr(fd_, TCSAFLUSH, &old_);
    for (std::size_t i = 0; i < kFatalSignals.size(); ++i) {
      (void)::sigaction(kFatalSignals[i], &old_actions_[i], nullptr);
    }
    if (caught_signal != 0) (void)::raise(caught_signal);
  }

 private:
  int fd_;
  bool active_ = false;
  termios old_{};
  std::array<struct sigaction, kFatalSignals.size()> old_actions_{};
};

const char *progress_text = nullptr;

extern "C" void SayProgress(int) {
  if (progress_text != nullptr) {
    (void)!::write(STDERR_FILENO, progress_text, std::strlen(progress_text));
  }
}

void SetTimer(int seconds) {
  itimerval timer{};
  timer.it_value.tv_sec = seconds;
  (void)::setitimer(ITIMER_REAL, &timer, nullptr);
}

}  // namespace

bool WriteFully(int fd, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno != EINTR) return false;
    if (put > 0) bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return true;
}

SecretBytes AskSecret(const std::string &prompt) {
  if (::isatty(STDIN_FILENO) == 0) return ReadLine(STDIN_FILENO);
  // Somebody who types is not waiting for the TPM.
  SetTimer(0);
  const EchoOff quiet(STDIN_FILENO);
  (void)WriteFully(STDERR_FILENO, AsBytes(Printable(prompt)));
  SecretBytes secret = ReadLine(STDIN_FILENO);
  (void)WriteFully(STDERR_FILENO, AsBytes("\n"));
  if (progress_text != nullptr) SetTimer(1);
  return secret;
}

SecretBytes ReadSecretLine(const std::string &path) {
  const File file = path == "-" ? File::StandardInput() : File(path, O_RDONLY | O_NOCTTY);
  return ReadSecretLine(file.fd());
}

SecretBytes ReadSecretLine(int descriptor) {
  std::uint8_t nothing = 0;
  // A read of 0 bytes tells a descriptor that cannot be read from an empty line.
  if (::read(descriptor, &nothing, 0) != 0) {
    throw Error(Reason::kBadDevice,
                std::string("the descriptor or file cannot be read (") + std::strerror(errno) + ")",
                "give one that is open for reading");
  }
  return ReadLine(descriptor);
}

SecretBytes AskPassphrase(const std::string &prompt) {
  SecretBytes passphrase = AskSecret(prompt);
  if (passphrase.empty()) {
    throw Error(Reason::kBadPassphrase, "no passphrase was given",
                "type one, or give it with --key-file");
  }
  return passphrase;
}

SecretBytes ReadSecretFile(const std::string &path, std::size_t max_size) {
  const File file = path == "-" ? File::StandardInput() : File(path, O_RDONLY | O_NOCTTY);
  // The buffer grows in steps: one of the maximum size would lock memory that almost nobody needs.
  SecretBytes content(std::min<std::size_t>(max_size + 1, 4096));
  std::size_t size = 0;
  for (;;) {
    const ssize_t got = ReadFully(file.fd(), content.data() + size, content.size() - size);
    if (got < 0) file.Fail("cannot be read");
    size += static_cast<std::size_t>(got);
    if (size < content.size()) break;
    if (size > max_size) {
      throw Error(Reason::kBadDevice,
                  path + " has more than " + std::to_string(max_size) + " bytes",
                  "that is more than can be used here");
    }
    SecretBytes larger(std::min(max_size + 1, content.size() * 4));
    std::copy_n(content.data(), size, larger.data());
    content = std::move(larger);
  }
  content.Truncate(size);
  return content;
}

std::string ReadTextFile(const std::string &path, std::size_t max_size) {
  const SecretBytes content = ReadSecretFile(path, max_size);
  return std::string(content.chars(), content.size());
}

void WriteOut(ByteView bytes) {
  if (WriteFully(STDOUT_FILENO, bytes)) return;
  throw Error(Reason::kBadDevice,
              std::string("standard output cannot be written (") + std::strerror(errno) + ")");
}

void WriteOut(const std::string &text) { WriteOut(AsBytes(text)); }

void Say(const std::string &text) {
  (void)WriteFully(STDERR_FILENO, AsBytes("cryptsetup-tpm2: " + Printable(text) + "\n"));
}

Progress::Progress(const char *line) {
  if (line == nullptr || ::isatty(STDERR_FILENO) == 0) return;
  progress_text = line;
  struct sigaction action {};
  action.sa_handler = SayProgress;
  action.sa_flags = SA_RESTART;
  (void)::sigaction(SIGALRM, &action, nullptr);
  SetTimer(1);
}

Progress::~Progress() {
  SetTimer(0);
  progress_text = nullptr;
}

}  // namespace tpm2_sealed
