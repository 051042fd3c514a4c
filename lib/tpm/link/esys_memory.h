// SPDX-License-Identifier: LGPL-2.1-or-later
// EsysMemory: overwrites the copies of a secret that ESYS keeps after a command and would free
// without wiping them (tpm2-tss 3.2 to 4.1). It makes calls that overwrite them and that ESYS
// refuses before it sends anything. After an answer that was damaged or never came, ESYS refuses
// these calls earlier, and the copies stay. tests/integration/left-behind.test shows this.
#pragma once

#include "lib/base/bytes.h"
#include "lib/tpm/link/context.h"
#include "lib/tpm/link/tss.h"

namespace tpm2_sealed {

// The longest authValue that can be overwritten, in bytes.
inline constexpr std::size_t kMaxAuthSize = 32;

// Its destructor overwrites the parameters of a TPM2_Create or TPM2_HierarchyChangeAuth, which ESYS
// stores to be able to send them again, however the command ended.
class WipedInput {
 public:
  explicit WipedInput(const Context &context) noexcept : context_(context) {}
  WipedInput(const WipedInput &) = delete;
  WipedInput &operator=(const WipedInput &) = delete;
  ~WipedInput();

 private:
  const Context &context_;
};

// Tells ESYS the authValue of a loaded object or a hierarchy, until this is destroyed. The value is
// never sent: it is part of the key of the authorization HMAC (Part 1, section 19.6.8).
class KnownAuth {
 public:
  // `auth_value` has at most kMaxAuthSize bytes. Throws Error.
  KnownAuth(const Context &context, EsysTr entity, ByteView auth_value);
  KnownAuth(const KnownAuth &) = delete;
  KnownAuth &operator=(const KnownAuth &) = delete;
  ~KnownAuth();

  // Lets the destructor overwrite the value in `session` too, which authorises a command with it.
  // The session cannot be used after that, and may have ended in the TPM.
  void ForgetIn(EsysTr session) noexcept { session_ = session; }

 private:
  const Context &context_;
  EsysTr entity_;
  EsysTr session_ = EsysTr::kNone;
};

}  // namespace tpm2_sealed
