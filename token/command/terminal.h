// SPDX-License-Identifier: LGPL-2.1-or-later
// Terminal: asks for passphrases, reads secrets from files, and says what takes so long.
#pragma once

#include <string>

#include "lib/base/bytes.h"
#include "lib/base/secret.h"

namespace tpm2_sealed {

// Returns a passphrase: from the terminal without echo after `prompt` or, if standard input is not
// a terminal, its first line, as cryptsetup does. Throws Error(kBadPassphrase) if it is empty.
SecretBytes AskPassphrase(const std::string &prompt);

// Does the same, but accepts an empty line.
SecretBytes AskSecret(const std::string &prompt);

// Returns the first line of a file ("-" is standard input) or of an open descriptor, without its
// newline; at most 512 bytes of it. Throws Error(kBadDevice) if it cannot be read.
SecretBytes ReadSecretLine(const std::string &path);
SecretBytes ReadSecretLine(int descriptor);

// Returns all bytes of a file ("-" is standard input). Throws Error(kBadDevice) if it cannot be
// read or has more than `max_size` bytes.
SecretBytes ReadSecretFile(const std::string &path, std::size_t max_size);
// Does the same for a file that holds no secret.
std::string ReadTextFile(const std::string &path, std::size_t max_size);

// Writes all bytes, whatever signal interrupts. Returns false with errno set if that fails.
bool WriteFully(int fd, ByteView bytes);
// Writes all of it to standard output. Throws Error(kBadDevice) if that fails (a full disk, a
// closed pipe).
void WriteOut(ByteView bytes);
void WriteOut(const std::string &text);
// Writes a line to standard error.
void Say(const std::string &text);

// Writes `line` one second after it was made if it still lives and standard error is a terminal,
// but not while a passphrase is asked for. `line` is a literal, or null for silence. Only one may
// live at a time.
class Progress {
 public:
  explicit Progress(const char *line);
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;
  ~Progress();
};

}  // namespace tpm2_sealed
