// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/host/system_file.h"

#include <fcntl.h>
#include <unistd.h>

namespace tpm2_sealed {

std::string ReadSystemFile(const std::string &path) {
  constexpr std::size_t kMax = 1024 * 1024;
  std::string text;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return text;
  char part[4096];
  ssize_t got = 0;
  while (text.size() < kMax && (got = ::read(fd, part, sizeof part)) > 0) {
    text.append(part, static_cast<std::size_t>(got));
  }
  (void)::close(fd);
  return text;
}

}  // namespace tpm2_sealed
