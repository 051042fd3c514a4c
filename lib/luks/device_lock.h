// SPDX-License-Identifier: LGPL-2.1-or-later
// DeviceLock: lets only one of our commands at a time change a header. libcryptsetup locks each of
// its writes; this lock covers all writes of one action, so that no command takes the unfinished
// work of another for leftovers.
#pragma once

#include <string>

namespace tpm2_sealed {

class DeviceLock {
 public:
  // Locks `path`, the device or file with the header. All paths to it share one lock, and so do a
  // file and a loop device of it. Throws Error(kBusy) if another process has the lock,
  // Error(kBadDevice) if it cannot be taken. The kernel releases the lock when the process ends.
  explicit DeviceLock(const std::string &path);
  DeviceLock(const DeviceLock &) = delete;
  DeviceLock &operator=(const DeviceLock &) = delete;
  ~DeviceLock();

 private:
  std::string name_;
  int fd_;
};

}  // namespace tpm2_sealed
