// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/command/new_secret_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

#include "lib/base/error.h"
#include "token/command/terminal.h"

namespace tpm2_sealed {
namespace {

[[noreturn]] void Fail(const std::string &path, const char *what, int error) {
  throw Error(Reason::kBadDevice, path + " " + what + " (" + std::strerror(error) + ")",
              "check the path");
}

std::string NameIn(const std::string &path) { return path.substr(path.rfind('/') + 1); }

// Opens the directory of `path`, so that two looks at a name are looks into the same directory.
int OpenDirectory(const std::string &path) {
  const auto slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool IsSame(const struct stat &one, const struct stat &other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

}  // namespace

NewSecretFile::NewSecretFile(const std::string &path, ByteView secret) : name_(NameIn(path)) {
  directory_ = OpenDirectory(path);
  if (directory_ < 0) Fail(path, "cannot be made", errno);
  constexpr int kNew = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const int fd = ::openat(directory_, name_.c_str(), kNew, 0600);
  const bool made = fd >= 0;
  // The file is locked until the secret is in it. Empty it looks like what a killed run left, and
  // if RemoveEmptySecretFile took its name away, the secret would be in no file. Where files cannot
  // be locked, that function removes nothing either.
  if (made) (void)::flock(fd, LOCK_EX);
  int error = !made || ::fstat(fd, &file_) != 0 ? errno : 0;
  if (error == 0 && file_.st_nlink != 1) error = EBUSY;
  // Its name has to survive a power cut, too.
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
  if (!IsSame(now, file_)) return;
  (void)::unlinkat(directory_, name_.c_str(), 0);
}

void RemoveEmptySecretFile(const std::string &path) {
  const int directory = OpenDirectory(path);
  if (directory < 0) return;
  const std::string name = NameIn(path);
  constexpr int kLook = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const int fd = ::openat(directory, name.c_str(), kLook);
  struct stat file {
  }, named{};
  // A run that is writing the file has the lock.
  if (fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0 && ::fstat(fd, &file) == 0 &&
      S_ISREG(file.st_mode) && (file.st_mode & 07777) == 0600 && file.st_uid == ::geteuid() &&
      file.st_nlink == 1 && file.st_size == 0 &&
      ::fstatat(directory, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 && IsSame(file, named)) {
    (void)::unlinkat(directory, name.c_str(), 0);
  }
  if (fd >= 0) (void)::close(fd);
  (void)::close(directory);
}

}  // namespace tpm2_sealed
