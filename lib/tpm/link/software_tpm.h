// SPDX-License-Identifier: LGPL-2.1-or-later
// SoftwareTpm: waits for software TPMs behind sockets with a time limit. Their TCTIs (swtpm and
// mssim of tpm2-tss 3.2 to 4.1) connect and read without one.
#pragma once

#include <poll.h>
#include <sys/types.h>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace tpm2_sealed {

// Returns false if the TCTI string ends in a software TPM that exists and does not answer within
// the limit; the initialization of its TCTI would then wait without end. Returns true for
// everything else, and for a TPM that cannot be reached: the initialization reports that better.
bool AnswersInTime(std::string_view tcti, std::chrono::milliseconds limit);

// Returns whether a TCTI string ends in a software TPM: "swtpm:…", "mssim:…", or behind other
// TCTIs.
bool IsSoftwareTpm(std::string_view tcti);

// Returns whether the socket holds a whole answer, or the end of the connection, so that the TCTI
// of that string reads it without waiting. Removes nothing from the socket. Also returns true for a
// header with a size that no TPM answers, which the TCTI refuses, for a descriptor that is not a
// socket, and for other TCTIs, which this code does not know.
bool HasWholeAnswer(int fd, std::string_view tcti);

// Finds the sockets that a TCTI has opened. The TCTI for swtpm opens another one for each command
// and does not return it.
class SocketWatch {
 public:
  // Remembers the sockets that are open now.
  SocketWatch() : before_(Open()) {}
  // Returns the sockets that were opened since then, to poll them for an answer. In a host with
  // threads, some may belong to others, so do not change them.
  std::vector<pollfd> OpenedSince() const;

 private:
  struct Socket {
    int fd;
    ino_t inode;  // the number may have been closed and used again
    bool operator==(const Socket &) const = default;
  };
  static std::vector<Socket> Open();

  std::vector<Socket> before_;
};

}  // namespace tpm2_sealed
