// SPDX-License-Identifier: LGPL-2.1-or-later
// TokenOpener: makes this process libcryptsetup's handler of our tokens, in place of the installed
// plugin. It lets libcryptsetup take a new keyslot's passphrase from the token itself, which proves
// that the token works, and writes keyslot and assignment at once.
#pragma once

#include <functional>
#include <string>

#include "lib/base/secret.h"

namespace tpm2_sealed {

// Tokens can be opened as long as it lives. Only one may live at a time. If `open` throws, the
// Volume function that led to the call throws the same exception.
class TokenOpener {
 public:
  // Returns the passphrase of a token, which is given as JSON.
  using Open = std::function<SecretBytes(const std::string &json)>;
  explicit TokenOpener(Open open);
  TokenOpener(const TokenOpener &) = delete;
  TokenOpener &operator=(const TokenOpener &) = delete;
  ~TokenOpener();
};

// For volume.cc. Registers the handler, once. That must happen before libcryptsetup first reads a
// token, or it would load the installed plugin under the same name and refuse our handler.
void RegisterTokenHandler();
// For volume.cc. Call this before a function that may open a token.
void ForgetOpenerFailure() noexcept;
// For volume.cc. Call this after that function failed: it throws what the opener threw, if it did.
void RethrowOpenerFailure();

}  // namespace tpm2_sealed
