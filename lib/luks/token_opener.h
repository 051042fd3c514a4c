// SPDX-License-Identifier: LGPL-2.1-or-later
// TokenOpener: this process as libcryptsetup's handler of our tokens, in place of the installed
// plugin. So enroll lets libcryptsetup take a new keyslot's passphrase from the token itself, which
// proves the token and writes keyslot and assignment at once.
#pragma once

#include <functional>
#include <string>

#include "lib/base/secret.h"

namespace tpm2_sealed {

// One at a time; tokens open as long as it lives. An exception of `open` is kept, and thrown by the
// Volume call that led to it.
class TokenOpener {
 public:
  // A token's passphrase from its JSON.
  using Open = std::function<SecretBytes(const std::string &json)>;
  explicit TokenOpener(Open open);
  TokenOpener(const TokenOpener &) = delete;
  TokenOpener &operator=(const TokenOpener &) = delete;
  ~TokenOpener();
};

// For volume.cc. Registers the handler: before libcryptsetup first meets a token, or it would load
// the installed plugin under the same name and refuse ours. Idempotent.
void RegisterTokenHandler();
// For volume.cc. Before a call that may open a token.
void ForgetOpenerFailure() noexcept;
// For volume.cc. After it failed: throws what the opener threw, if it did.
void RethrowOpenerFailure();

}  // namespace tpm2_sealed
