// SPDX-License-Identifier: LGPL-2.1-or-later
// Terminal: asking for a passphrase, reading secrets from files, saying what takes so long.
#pragma once

#include <string>

#include "lib/base/bytes.h"
#include "lib/base/secret.h"

namespace tpm2_sealed {

// A passphrase: from the terminal without echo after `prompt`, or, where standard input is no
// terminal, its first line, as cryptsetup does. Throws Error(kBadPassphrase) if there is none.
SecretBytes AskPassphrase(const std::string &prompt);

// The same, but an empty line is an answer.
SecretBytes AskSecret(const std::string &prompt);

// The first line of a file ("-": standard input) or an open descriptor, without its newline; at
// most 512 bytes of it. Throws Error(kBadDevice) if it cannot be read.
SecretBytes ReadSecretLine(const std::string &path);
SecretBytes ReadSecretLine(int descriptor);

// All bytes of a file ("-": standard input), at most `max_size`. Throws Error(kBadDevice).
SecretBytes ReadSecretFile(const std::string &path, std::size_t max_size);
// A file that holds no secret. Throws Error(kBadDevice).
std::string ReadTextFile(const std::string &path, std::size_t max_size);

// All of it, whatever interrupts. False with errno set if it fails.
bool WriteFully(int fd, ByteView bytes);
// To standard output, all of it. Throws Error(kBadDevice) if that fails (a full disk, a closed
// pipe).
void WriteOut(ByteView bytes);
void WriteOut(const std::string &text);
// A line to standard error.
void Say(const std::string &text);

// While it lives, and if standard error is a terminal: after one second, and not while a passphrase
// is being asked, writes `line`, a literal or null for silence. One at a time.
class Progress {
 public:
  explicit Progress(const char *line);
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;
  ~Progress();
};

}  // namespace tpm2_sealed
