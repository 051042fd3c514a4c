// SPDX-License-Identifier: LGPL-2.1-or-later
// stall SOCKET TARGET CODE BYTES [SIZE [MILLISECONDS]]: between a client and the software TPM at
// the UNIX socket TARGET (control channel TARGET.ctrl), itself at SOCKET. Passes everything on, but
// of the answer to the command CODE (hex) only that many bytes, with that size in its header (0:
// its own), so much later, and then no more.
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/bus/message.h"

namespace {

using namespace tpm2_sealed::test;

void Require(bool holds, const char *what) {
  if (holds) return;
  std::perror(what);
  std::exit(99);
}

int At(const std::string &path, bool listening) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  Require(path.size() < sizeof name.sun_path, "too long a path");
  std::copy(path.begin(), path.end(), name.sun_path);
  const auto *address = reinterpret_cast<const sockaddr *>(&name);
  const int failed = listening ? ::bind(fd, address, sizeof name) || ::listen(fd, 8)
                               : ::connect(fd, address, sizeof name);
  Require(failed == 0, path.c_str());
  return fd;
}

// Appends what comes next; false at the end.
bool More(int fd, Bytes &bytes) {
  Bytes piece(8192);
  const ssize_t got = ::read(fd, piece.data(), piece.size());
  if (got <= 0) return false;
  piece.resize(static_cast<std::size_t>(got));
  Append(bytes, piece);
  return true;
}

bool Message(int fd, Bytes &bytes) {
  bytes.clear();
  do {
    if (!More(fd, bytes)) return false;
  } while (bytes.size() < kHeaderSize || bytes.size() < BigEndian(bytes, 2, 4));
  return true;
}

void Send(int fd, const Bytes &bytes) {
  Require(::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "write");
}

struct Stall {
  std::uint32_t code = 0;
  std::size_t bytes = 0;
  std::size_t size = 0;  // 0: as it is
  int milliseconds = 0;
};

void PassCommands(int client, int tpm, const Stall &stall) {
  Bytes message;
  while (Message(client, message)) {
    const bool here = CodeOf(message) == stall.code;
    Send(tpm, message);
    if (!Message(tpm, message)) return;
    if (here && stall.size != 0) {
      for (std::size_t i = 0; i < 4; ++i) {
        message[2 + i] = static_cast<std::uint8_t>(stall.size >> (8 * (3 - i)) & 0xff);
      }
    }
    if (here) message.resize(std::min(message.size(), stall.bytes));
    // Not longer than the client waits: the TPM talks to nobody else until then.
    pollfd gone{client, POLLRDHUP, 0};
    if (here && ::poll(&gone, 1, stall.milliseconds) != 0) return;
    Send(client, message);
  }
}

void PassControl(int client, int tpm) {
  pollfd ends[] = {{client, POLLIN, 0}, {tpm, POLLIN, 0}};
  while (::poll(ends, 2, -1) > 0) {
    for (int i = 0; i < 2; ++i) {
      if (ends[i].revents == 0) continue;
      Bytes bytes;
      if (!More(ends[i].fd, bytes)) return;
      Send(ends[1 - i].fd, bytes);
    }
  }
}

}  // namespace

int main(int argc, char **argv) {
  Require(argc >= 5 && argc <= 7, "usage: see the source");
  const std::string here = argv[1], target = argv[2];
  const Stall stall{.code = static_cast<std::uint32_t>(std::strtoul(argv[3], nullptr, 16)),
                    .bytes = std::strtoul(argv[4], nullptr, 10),
                    .size = argc >= 6 ? std::strtoul(argv[5], nullptr, 10) : 0,
                    .milliseconds = argc == 7 ? std::atoi(argv[6]) : 0};
  (void)std::signal(SIGCHLD, SIG_IGN);
  const int control = At(here + ".ctrl", true);
  pollfd listening[] = {{control, POLLIN, 0}, {At(here, true), POLLIN, 0}};
  while (::poll(listening, 2, -1) > 0) {
    for (const pollfd &socket : listening) {
      if (socket.revents == 0) continue;
      const int client = ::accept(socket.fd, nullptr, nullptr);
      if (::fork() != 0) {
        (void)::close(client);
        continue;
      }
      const bool commands = socket.fd != control;
      const int tpm = At(commands ? target : target + ".ctrl", false);
      commands ? PassCommands(client, tpm, stall) : PassControl(client, tpm);
      return 0;
    }
  }
}
