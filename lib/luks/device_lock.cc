// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/luks/device_lock.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <linux/major.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>

#include "lib/base/error.h"

namespace tpm2_sealed {
namespace {

// libcryptsetup's directory for locks. The device itself cannot be locked: libcryptsetup locks
// volumes that are files, and udev locks block devices.
constexpr const char *kDirectory = "/run/cryptsetup";

// Returns the status of a loop device; nullopt for any other device, and for a partition of a loop
// device, which is another part of the file.
std::optional<loop_info64> LoopInfo(const std::string &path, dev_t device) {
  const std::string sysfs = "/sys/dev/block/" + std::to_string(::major(device)) + ":" +
                            std::to_string(::minor(device)) + "/partition";
  if (::major(device) != LOOP_MAJOR || ::access(sysfs.c_str(), F_OK) == 0) return std::nullopt;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return std::nullopt;
  loop_info64 info{};
  const bool shown = ::ioctl(fd, LOOP_GET_STATUS64, &info) == 0;
  (void)::close(fd);
  return shown ? std::optional(info) : std::nullopt;
}

std::string NameOfFile(std::uint64_t device, std::uint64_t inode) {
  return std::to_string(device) + "-" + std::to_string(inode);
}
std::string NameOfBlock(std::uint64_t device) { return "block-" + std::to_string(device); }

// Returns one name for all paths to the same header: links, and a loop device of the file, too.
std::string NameOf(const std::string &path) {
  struct stat device {};
  if (::stat(path.c_str(), &device) != 0) {
    throw Error(Reason::kBadDevice, path + ": " + std::strerror(errno), "check the path");
  }
  if (!S_ISBLK(device.st_mode)) return NameOfFile(device.st_dev, device.st_ino);
  const auto loop = LoopInfo(path, device.st_rdev);
  if (!loop) return NameOfBlock(device.st_rdev);
  const std::string behind = loop->lo_rdevice != 0 ? NameOfBlock(loop->lo_rdevice)
                                                   : NameOfFile(loop->lo_device, loop->lo_inode);
  // At another offset of the file there is another header.
  return loop->lo_offset == 0 ? behind : behind + "-at-" + std::to_string(loop->lo_offset);
}

}  // namespace

DeviceLock::DeviceLock(const std::string &path) : fd_(-1) {
  const std::string name = std::string(kDirectory) + "/tpm2-sealed-" + NameOf(path);
  if (::mkdir(kDirectory, 0700) != 0 && errno != EEXIST) {
    throw Error(Reason::kBadDevice,
                std::string(kDirectory) + " cannot be created (" + std::strerror(errno) + ")",
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
    int code = 0;
    do {
      code = ::flock(fd_, LOCK_EX | LOCK_NB);
    } while (code != 0 && errno == EINTR);
    if (code != 0) {
      const int error = errno;
      (void)::close(fd_);
      if (error == EWOULDBLOCK) {
        throw Error(Reason::kBusy, "another cryptsetup-tpm2 is changing " + path,
                    "wait until it is done");
      }
      throw Error(Reason::kBadDevice,
                  "the lock " + name + " cannot be taken (" + std::strerror(error) + ")",
                  "make sure that files in " + std::string(kDirectory) + " can be locked");
    }
    // The last holder removes the file, so the locked file may no longer be the one that others
    // open.
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
