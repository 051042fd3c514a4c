// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/command/lockout_auth_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <optional>
#include <utility>

#include "lib/action/lockout_auth.h"
#include "lib/base/crypto.h"
#include "lib/base/encoding.h"
#include "lib/base/error.h"
#include "lib/tpm/lockout.h"
#include "token/command/command.h"
#include "token/command/new_secret_file.h"

namespace tpm2_sealed {
namespace {

constexpr std::size_t kRandomSize = 16;

bool MayBeSet(Tpm &tpm) {
  try {
    return ReadLockout(tpm.context()).lockout_auth_set;
  } catch (const Error &) {
    return true;
  }
}

// Returns the value from the file of a run that was interrupted before the TPM had the value:
// nobody else can have made such a file. Returns nullopt for every other file.
std::optional<SecretBytes> LeftBehind(const std::string &path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  struct stat file {};
  SecretBytes text(2 * kRandomSize);
  const bool ours = ::fstat(fd, &file) == 0 && S_ISREG(file.st_mode) &&
                    (file.st_mode & 07777) == 0600 && file.st_uid == ::geteuid() &&
                    file.st_nlink == 1 && file.st_size == static_cast<off_t>(text.size()) &&
                    ::read(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  (void)::close(fd);
  const auto is_digit = [](std::uint8_t c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  };
  if (!ours || !std::all_of(text.data(), text.data() + text.size(), is_digit)) return std::nullopt;
  return text;
}

SecretBytes FreshValue() {
  const SecretBytes random = KernelRandom(kRandomSize);
  SecretBytes text(2 * kRandomSize);
  HexEncodeTo(random.view(), reinterpret_cast<char *>(text.data()));
  return text;
}

}  // namespace

void SetLockoutAuthOf(const Options &options, const KeyRequest &keys, Tpm &tpm) {
  const auto file = options.Get("set-lockout-auth");
  if (!file) return;
  if (ReadLockout(tpm.context()).lockout_auth_set) {
    Report(options, "lockoutAuth of this TPM is set already: it is left as it is, and " + *file +
                        " is not written");
    return;
  }
  std::optional<SecretBytes> left = LeftBehind(*file);
  const SecretBytes text = left ? std::move(*left) : FreshValue();
  // The file is written first: a value in the TPM that nobody has could never be used or changed
  // again.
  std::optional<NewSecretFile> made;
  if (!left) RemoveEmptySecretFile(*file);
  if (!left) made.emplace(*file, text.view());
  try {
    SetLockoutAuth(tpm, keys, text.view());
  } catch (const Error &) {
    if (made && !MayBeSet(tpm)) made->Remove();
    throw;
  }
  Report(options, "lockoutAuth of this TPM is set: " + *file +
                      " resets a lockout (tpm2_dictionarylockout), keep it where no thief of the "
                      "machine finds it");
}

}  // namespace tpm2_sealed
