// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/command/ca_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "lib/base/c_handle.h"
#include "lib/base/error.h"
#include "token/command/report.h"

namespace tpm2_sealed {
namespace {

constexpr std::array<std::string_view, 5> kEndings = {".pem", ".crt", ".cer", ".der", ".crl"};
constexpr std::size_t kMaxFile = 1024 * 1024;
constexpr std::size_t kMaxFiles = 1024;

[[noreturn]] void Fail(const std::string &path, const std::string &problem) {
  throw Error(Reason::kBadDevice, path + " " + problem,
              "--ek-ca takes a directory with certificates of CAs");
}

bool IsWanted(std::string name) {
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return std::ranges::any_of(kEndings, [&](std::string_view end) { return name.ends_with(end); });
}

// Sorts the names, so that reports come in the same order everywhere.
std::vector<std::string> WantedNames(const std::string &path) {
  const CHandle<DIR, ::closedir> directory(::opendir(path.c_str()));
  if (!directory) Fail(path, std::string("cannot be read (") + std::strerror(errno) + ")");
  std::vector<std::string> names;
  errno = 0;
  while (const dirent *entry = ::readdir(directory.get())) {
    if (IsWanted(entry->d_name)) names.emplace_back(entry->d_name);
    if (names.size() > kMaxFiles) Fail(path, "has more than 1024 certificates");
    errno = 0;
  }
  if (errno != 0) Fail(path, std::string("cannot be read (") + std::strerror(errno) + ")");
  std::ranges::sort(names);
  return names;
}

// Returns nullopt for what is not a regular file.
std::optional<Bytes> ReadRegular(const std::string &path) {
  // O_NONBLOCK: a FIFO of that name must not wait for a writer.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) Fail(path, std::string("cannot be read (") + std::strerror(errno) + ")");
  struct stat status {};
  const bool regular = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  Bytes content(regular ? kMaxFile + 1 : 0);
  std::size_t size = 0;
  ssize_t got = regular ? 1 : 0;
  while (got > 0 && size < content.size()) {
    got = ::read(fd, content.data() + size, content.size() - size);
    if (got > 0) size += static_cast<std::size_t>(got);
  }
  const int error = errno;
  (void)::close(fd);
  if (got < 0) Fail(path, std::string("cannot be read (") + std::strerror(error) + ")");
  if (size > kMaxFile) Fail(path, "has more than 1 MiB");
  content.resize(size);
  return regular ? std::optional(std::move(content)) : std::nullopt;
}

}  // namespace

std::shared_ptr<const CertificateAuthorities> ReadCaDirectory(const Options &options,
                                                              const std::string &path) {
  const auto authorities = std::make_shared<CertificateAuthorities>();
  for (const std::string &name : WantedNames(path)) {
    const std::string file = path + "/" + name;
    const auto content = ReadRegular(file);
    if (content && !authorities->Add(*content)) {
      Report(options, file + " is no certificate and no revocation list: it is not used");
    }
  }
  if (!authorities->HasRoot()) {
    throw Error(Reason::kNotSupported, path + " holds no root certificate",
                "put the self-signed certificate of the TPM vendor's root CA there, PEM or DER, "
                "in a file that ends in .pem, .crt, .cer or .der");
  }
  return authorities;
}

}  // namespace tpm2_sealed
