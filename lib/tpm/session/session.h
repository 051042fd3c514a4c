// SPDX-License-Identifier: LGPL-2.1-or-later
// Sessions, by what they guarantee.
//
// A salted session's key is known to the TPM and to us alone: the salt crosses the bus encrypted to
// a key that was verified (SaltKey, primary.h). It keeps a passive listener out, and everybody who
// cannot decrypt with that key. It does not keep out somebody who sends own commands to the TPM
// after a good boot: only a PIN does (SECURITY.md). Nothing in lib/ that moves a secret takes a
// bare EsysTr. A session comes from a SaltKey and then always encrypts, or from a PlaintextPermit,
// which only the configuration gives. Which of them a machine gets is for negotiate.h to decide.
// Shown by tests/integration/bus.test and ladder.test.
#pragma once

#include <optional>

#include "lib/base/config.h"
#include "lib/base/protection.h"
#include "lib/tpm/key/primary.h"
#include "lib/tpm/link/context.h"
#include "lib/tpm/link/handle.h"
#include "lib/tpm/link/session_use.h"

namespace tpm2_sealed {

// What both kinds of session share; never made by itself.
class Session {
 public:
  Protection protection() const noexcept { return protection_; }
  void FlushNow() noexcept { object_.Flush(); }

 protected:
  enum class Kind { kHmac, kPolicy };

  Session(const Context &context, Protection protection)
      : context_(&context), object_(context), protection_(protection) {}
  // Starts it, salted and encrypting as `protection_` says, or plain. Returns false if the TPM
  // refuses the cipher at the parameter "symmetric"; throws for every other refusal.
  bool Start(EsysTr salt_key, Kind kind);
  // The handle, for one command that it is used in so.
  EsysTr For(SessionUse use) const;

  const Context *context_;
  TransientObject object_;
  Protection protection_;
};

// Authorises with an empty authValue, encrypts towards the TPM (attribute "decrypt") and back
// ("encrypt"). The plain one is no session at all, but a password authorisation.
class HmacSession : public Session {
 public:
  // Returns nullopt if the TPM refuses that encryption.
  static std::optional<HmacSession> TryStart(const Context &context, const SaltKey &salt_key,
                                             Encryption encryption);
  static HmacSession StartPlain(const Context &context, PlaintextPermit permit);

  // For a command that it authorises.
  EsysTr BothWays() const;
  // For a command without authorisation, whose answer alone can be encrypted: TPM2_GetRandom.
  EsysTr AnswerOnly() const;

 private:
  using Session::Session;
};

// Satisfies a policy, and encrypts the answer of the command that it authorises.
class PolicySession : public Session {
 public:
  // Returns nullopt if the TPM refuses that encryption.
  static std::optional<PolicySession> TryStart(const Context &context, const SaltKey &salt_key,
                                               Encryption encryption);
  // On a connection that has started no salted session: ESYS (3.2 to 4.2) would take the salt of a
  // refused one into this one's key, and the TPM would not know that key.
  static PolicySession StartPlain(const Context &context, PlaintextPermit permit);

  // For the policy commands.
  EsysTr ForPolicy() const { return object_.tr(); }
  // For the one command: continueSession is clear, success ends the session in the TPM.
  EsysTr ForLastUse() const;
  // After that success.
  void Ended() noexcept { object_.Forget(); }

 private:
  using Session::Session;
};

}  // namespace tpm2_sealed
