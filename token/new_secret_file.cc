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

}  // namespace

NewSecretFile::NewSecretFile(const std::string &path, ByteView secret) {
  const auto slash = path.rfind('/');
  name_ = slash == std::string::npos ? path : path.substr(slash + 1);
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  directory_ = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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

}  // namespace tpm2_sealed
