// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/luks/device_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

#include "lib/base/error.h"

namespace tpm2_sealed {
namespace {

// libcryptsetup's own directory for locks. Not the device itself: libcryptsetup locks files there,
// and udev block devices.
constexpr const char *kDirectory = "/run/cryptsetup";

}  // namespace

DeviceLock::DeviceLock(const std::string &path) : fd_(-1) {
  struct stat device {};
  if (::stat(path.c_str(), &device) != 0) {
    throw Error(Reason::kBadDevice, path + ": " + std::strerror(errno), "check the path");
  }
  const bool is_block = S_ISBLK(device.st_mode);
  const std::string name =
      std::string(kDirectory) + "/tpm2-sealed-" +
      (is_block ? "block-" + std::to_string(device.st_rdev)
                : std::to_string(device.st_dev) + "-" + std::to_string(device.st_ino));
  if (::mkdir(kDirectory, 0700) != 0 && errno != EEXIST) {
    throw Error(Reason::kBadDevice,
                std::string(kDirectory) + " cannot be made (" + std::strerror(errno) + ")",
                "run this as root");
  }
  name_ = name;
  for (;;) {
    fd_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd_ < 0) {
      throw Error(Reason::kBadDevice,
                  "the lock " + name + " cannot be opened (" + std::strerror(errno) + ")",
                  "run this as root");
    }
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
      (void)::close(fd_);
      throw Error(Reason::kBusy, "another cryptsetup-tpm2 is changing " + path,
                  "wait until it is done");
    }
    // The last holder removes the file: what was locked may be no longer what others will open.
    struct stat locked {};
    struct stat named {};
    if (::fstat(fd_, &locked) == 0 && ::stat(name.c_str(), &named) == 0 &&
        locked.st_ino == named.st_ino && locked.st_dev == named.st_dev) {
      return;
    }
    (void)::close(fd_);
  }
}

DeviceLock::~DeviceLock() {
  (void)::unlink(name_.c_str());
  (void)::close(fd_);
}

}  // namespace tpm2_sealed
