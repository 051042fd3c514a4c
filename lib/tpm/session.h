// SPDX-License-Identifier: LGPL-2.1-or-later
// Sessions, by what they guarantee.
//
// A salted session's key is known to the TPM and to us alone: the salt crosses the bus encrypted to
// a key that was verified (SaltKey, primary.h). It keeps a passive listener out, and everybody who
// cannot decrypt with that key. It does not keep out somebody who sends own commands to the TPM
// after a good boot: only a PIN does (SECURITY.md). Nothing in lib/ that moves a secret takes a
// bare ESYS_TR, and there is no way to make one of these sessions without salt or without
// parameter encryption. Shown by tests/integration/bus.test.
#pragma once

#include <string_view>

#include "lib/tpm/context.h"
#include "lib/tpm/handle.h"
#include "lib/tpm/primary.h"

namespace tpm2_sealed {

// How the first parameter is encrypted (TPM 2.0 Part 1, section 21), weakest first, so that a
// floor can be compared.
enum class ParameterEncryption {
  kXorSha256,  // XOR obfuscation: every TPM 2.0 has it
  kAes128Cfb,
};

// As the token says it ("aes-128-cfb").
std::string_view EncryptionName(ParameterEncryption encryption);

// What both kinds share; never made by itself.
class SaltedSession {
 public:
  void FlushNow() noexcept { object_.Flush(); }

 protected:
  SaltedSession(const Context &context, const SaltKey &salt_key, ParameterEncryption encryption,
                TPM2_SE type);
  // The handle, for one command with these attributes. Set anew at each use: ESYS changes them
  // when a command fails.
  ESYS_TR With(TPMA_SESSION attributes) const;

  const Context &context_;
  TransientObject object_;
};

// Authorises with an authValue; encrypts towards the TPM (attribute "decrypt") and back
// ("encrypt").
class SaltedHmacSession : public SaltedSession {
 public:
  SaltedHmacSession(const Context &context, const SaltKey &salt_key, ParameterEncryption encryption)
      : SaltedSession(context, salt_key, encryption, TPM2_SE_HMAC) {}

  ESYS_TR BothWays() const {
    return With(TPMA_SESSION_CONTINUESESSION | TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT);
  }
  // For commands whose first parameter is no sized buffer, such as TPM2_GetRandom's.
  ESYS_TR AnswerOnly() const { return With(TPMA_SESSION_CONTINUESESSION | TPMA_SESSION_ENCRYPT); }
};

// Satisfies a policy, and encrypts the answer of the command that it authorises.
class SaltedPolicySession : public SaltedSession {
 public:
  SaltedPolicySession(const Context &context, const SaltKey &salt_key,
                      ParameterEncryption encryption)
      : SaltedSession(context, salt_key, encryption, TPM2_SE_POLICY) {}

  // For the policy commands.
  ESYS_TR ForPolicy() const { return object_.tr(); }
  // For the one command: continueSession is clear, success ends the session in the TPM.
  ESYS_TR ForLastUse() const { return With(TPMA_SESSION_ENCRYPT); }
  // After that success.
  void Ended() noexcept { object_.Forget(); }
};

}  // namespace tpm2_sealed
