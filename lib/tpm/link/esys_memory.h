// SPDX-License-Identifier: LGPL-2.1-or-later
// What ESYS keeps of a secret after a command, and gives back to the heap as it is (tpm2-tss 3.2 to
// 4.1): overwritten by calls that it refuses before anything is sent. After an answer that was
// damaged or never came it refuses these calls too, and the copies stay. Shown by
// tests/integration/left-behind.test.
#pragma once

#include "lib/base/bytes.h"
#include "lib/tpm/link/context.h"
#include "lib/tpm/link/tss.h"

namespace tpm2_sealed {

// The longest authValue that can be written over, in bytes.
inline constexpr std::size_t kMaxAuthSize = 32;

// The parameters of a TPM2_Create or TPM2_HierarchyChangeAuth, which ESYS stores to send them
// again: overwritten when this goes, however the command ended.
class WipedInput {
 public:
  explicit WipedInput(const Context &context) noexcept : context_(context) {}
  WipedInput(const WipedInput &) = delete;
  WipedInput &operator=(const WipedInput &) = delete;
  ~WipedInput();

 private:
  const Context &context_;
};

// An authValue that ESYS knows as long as this lives: of a loaded object or a hierarchy. It is
// never sent: it is part of the key of the authorization HMAC (Part 1, section 19.6.8).
class KnownAuth {
 public:
  // `auth_value` at most kMaxAuthSize bytes. Throws Error.
  KnownAuth(const Context &context, EsysTr entity, ByteView auth_value);
  KnownAuth(const KnownAuth &) = delete;
  KnownAuth &operator=(const KnownAuth &) = delete;
  ~KnownAuth();

  // Also in `session`, which authorises a command with that value and is of no use afterwards; it
  // may have ended in the TPM.
  void ForgetIn(EsysTr session) noexcept { session_ = session; }

 private:
  const Context &context_;
  EsysTr entity_;
  EsysTr session_ = EsysTr::kNone;
};

}  // namespace tpm2_sealed
