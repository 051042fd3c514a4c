// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/new_secret_file.h"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

#include "lib/base/error.h"
#include "token/terminal.h"

namespace tpm2_sealed {
namespace {

[[noreturn]] void Fail(const std::string &path, const char *what, int error) {
  throw Error(Reason::kBadDevice, path + " " + what + " (" + std::strerror(error) + ")",
              "check the path");
}

std::string NameIn(const std::string &path) { return path.substr(path.rfind('/') + 1); }

// The directory of `path`, so that both of two looks at a name are looks into the same one.
int OpenDirectory(const std::string &path) {
  const auto slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

}  // namespace

NewSecretFile::NewSecretFile(const std::string &path, ByteView secret) : name_(NameIn(path)) {
  directory_ = OpenDirectory(path);
  if (directory_ < 0) Fail(path, "cannot be made", errno);
  constexpr int kNew = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const int fd = ::openat(directory_, name_.c_str(), kNew, 0600);
  int error = fd < 0 || ::fstat(fd, &file_) != 0 ? errno : 0;
  const bool made = fd >= 0;
  // Its name too has to survive a power cut.
  if (error == 0 && (!WriteFully(fd, secret) || ::fsync(fd) != 0 || ::fsync(directory_) != 0)) {
    error = errno;
  }
  if (made) (void)::close(fd);
  if (error == 0) return;
  if (made) Remove();
  (void)::close(directory_);
  Fail(path, made ? "cannot be written" : "cannot be made", error);
}

NewSecretFile::~NewSecretFile() { (void)::close(directory_); }

void NewSecretFile::Remove() const {
  struct stat now {};
  if (::fstatat(directory_, name_.c_str(), &now, AT_SYMLINK_NOFOLLOW) != 0) return;
  if (now.st_dev != file_.st_dev || now.st_ino != file_.st_ino) return;
  (void)::unlinkat(directory_, name_.c_str(), 0);
}

void RemoveEmptySecretFile(const std::string &path) {
  const int directory = OpenDirectory(path);
  if (directory < 0) return;
  const std::string name = NameIn(path);
  struct stat file {};
  if (::fstatat(directory, name.c_str(), &file, AT_SYMLINK_NOFOLLOW) == 0 &&
      S_ISREG(file.st_mode) && (file.st_mode & 07777) == 0600 && file.st_uid == ::geteuid() &&
      file.st_nlink == 1 && file.st_size == 0) {
    (void)::unlinkat(directory, name.c_str(), 0);
  }
  (void)::close(directory);
}

}  // namespace tpm2_sealed
