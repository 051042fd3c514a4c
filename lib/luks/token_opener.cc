// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/luks/token_opener.h"

#include <libcryptsetup.h>
#include <string.h>
#include <cerrno>
#include <cstdlib>
#include <exception>
#include <new>
#include <utility>

#include "lib/base/error.h"
#include "lib/format/token_record.h"

namespace tpm2_sealed {
namespace {

// libcryptsetup's token handlers are global to the process and cannot be unregistered.
TokenOpener::Open current_open;
std::exception_ptr first_failure;

extern "C" {

int OpenerOpen(crypt_device *device, int token, char **buffer, size_t *buffer_len, void *) {
  try {
    const char *json = nullptr;
    if (!current_open || crypt_token_json_get(device, token, &json) < 0) return -ENOENT;
    // The text is copied, since the next call of libcryptsetup may invalidate it.
    const SecretBytes passphrase = current_open(std::string(json));
    void *copy = std::malloc(passphrase.size());
    if (copy == nullptr) throw std::bad_alloc();
    memcpy(copy, passphrase.data(), passphrase.size());
    *buffer = static_cast<char *>(copy);
    *buffer_len = passphrase.size();
    return 0;
  } catch (...) {
    if (!first_failure) first_failure = std::current_exception();
    return -ENOENT;
  }
}

void OpenerFree(void *buffer, size_t buffer_len) {
  explicit_bzero(buffer, buffer_len);
  std::free(buffer);
}

}  // extern "C"

}  // namespace

void RegisterTokenHandler() {
  static const crypt_token_handler handler = {
      .name = kTokenType,
      .open = OpenerOpen,
      .buffer_free = OpenerFree,
      .validate = nullptr,
      .dump = nullptr,
  };
  static const int registered = crypt_token_register(&handler);
  if (registered < 0) {
    throw Error(Reason::kInternal, "libcryptsetup does not take this program's token handler");
  }
}

TokenOpener::TokenOpener(Open open) {
  RegisterTokenHandler();
  current_open = std::move(open);
  first_failure = nullptr;
}

TokenOpener::~TokenOpener() { current_open = nullptr; }

void ForgetOpenerFailure() noexcept { first_failure = nullptr; }

void RethrowOpenerFailure() {
  if (first_failure) std::rethrow_exception(std::exchange(first_failure, nullptr));
}

}  // namespace tpm2_sealed
