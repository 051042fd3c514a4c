// SPDX-License-Identifier: LGPL-2.1-or-later
// NewSecretFile: creates a file for a secret, maybe in a directory that somebody else changes.
#pragma once

#include <sys/stat.h>
#include <string>

#include "lib/base/bytes.h"

namespace tpm2_sealed {

class NewSecretFile {
 public:
  // Creates `path` with mode 0600 and syncs it to the disk. Never overwrites anything, nor follows
  // a link in the last part of the path. Throws Error(kBadDevice); then nothing is left behind.
  NewSecretFile(const std::string &path, ByteView secret);
  NewSecretFile(const NewSecretFile &) = delete;
  NewSecretFile &operator=(const NewSecretFile &) = delete;
  ~NewSecretFile();

  // Removes the file from where it was created, but nothing that took its place meanwhile.
  void Remove() const;

 private:
  std::string name_;
  int directory_;
  struct stat file_ {};
};

// Removes `path` if a run left it that was killed before it wrote the secret: an empty file with
// mode 0600, of this user, with no other name. Nothing is lost with it.
void RemoveEmptySecretFile(const std::string &path);

}  // namespace tpm2_sealed
