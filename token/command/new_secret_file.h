// SPDX-License-Identifier: LGPL-2.1-or-later
// NewSecretFile: a file that is made for a secret, maybe in a directory that somebody else changes.
#pragma once

#include <sys/stat.h>
#include <string>

#include "lib/base/bytes.h"

namespace tpm2_sealed {

class NewSecretFile {
 public:
  // Creates `path` with mode 0600 and has it on the disk; never writes over anything or follows a
  // link in its last part. Throws Error(kBadDevice), with nothing left behind.
  NewSecretFile(const std::string &path, ByteView secret);
  NewSecretFile(const NewSecretFile &) = delete;
  NewSecretFile &operator=(const NewSecretFile &) = delete;
  ~NewSecretFile();

  // Removes it again, where it was made, and nothing that took its place meanwhile.
  void Remove() const;

 private:
  std::string name_;
  int directory_;
  struct stat file_ {};
};

// Removes `path` if it is what a run leaves that was killed before the secret was written: an empty
// file with mode 0600, of this user, with no other name. Nothing is lost with it.
void RemoveEmptySecretFile(const std::string &path);

}  // namespace tpm2_sealed
