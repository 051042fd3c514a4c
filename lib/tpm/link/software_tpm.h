// SPDX-License-Identifier: LGPL-2.1-or-later
// Software TPMs behind sockets: what is needed to wait for them with a limit. Their TCTIs (swtpm
// and mssim of tpm2-tss 3.2 to 4.1) read and connect without one.
#pragma once

#include <poll.h>
#include <sys/types.h>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace tpm2_sealed {

// False if the software TPM that a TCTI string ends in is there and does not answer within the
// limit: initializing its TCTI would wait for ever then. True for everything else, also for a TPM
// that cannot be reached at all: the initialization says that better.
bool AnswersInTime(std::string_view tcti, std::chrono::milliseconds limit);

// Whether a TCTI string ends in one: "swtpm:…", "mssim:…", also behind others.
bool IsSoftwareTpm(std::string_view tcti);

// Whether an answer waits in the socket from its first byte to its last, or the end of the
// connection: the TCTI of that string then reads it without waiting. Takes nothing out. True also
// for the header alone of an answer of a size that no TPM has, which the TCTI refuses by itself,
// for what is no socket, and for other TCTIs, of which nothing is known.
bool HasWholeAnswer(int fd, std::string_view tcti);

// The sockets of this process, to tell which of them a TCTI has opened since. The TCTI for swtpm
// has another one for each command and does not tell.
class SocketWatch {
 public:
  // Remembers those that are open now.
  SocketWatch() : before_(Open()) {}
  // Those that are open now and were not then, to poll for an answer. In a host with threads there
  // may be others among them: good for waiting, and for nothing that changes a socket.
  std::vector<pollfd> OpenedSince() const;

 private:
  struct Socket {
    int fd;
    ino_t inode;  // the number alone may have been closed and used again
    bool operator==(const Socket &) const = default;
  };
  static std::vector<Socket> Open();

  std::vector<Socket> before_;
};

}  // namespace tpm2_sealed
