// SPDX-License-Identifier: LGPL-2.1-or-later
// DeviceLock: one of our commands at a time changes a header. libcryptsetup locks each write of its
// own; this covers the several writes of one action, so that nobody takes the half of another
// enroll for the leavings of a killed one.
#pragma once

#include <string>

namespace tpm2_sealed {

class DeviceLock {
 public:
  // Locks `path` (device or file with the header), under whatever name: a file and a loop device of
  // it are one. Throws Error(kBusy) if another process has it, Error(kBadDevice) if it cannot be
  // locked.
  // The lock goes with the process, however that ends.
  explicit DeviceLock(const std::string &path);
  DeviceLock(const DeviceLock &) = delete;
  DeviceLock &operator=(const DeviceLock &) = delete;
  ~DeviceLock();

 private:
  std::string name_;
  int fd_;
};

}  // namespace tpm2_sealed
