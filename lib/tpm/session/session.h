// SPDX-License-Identifier: LGPL-2.1-or-later
// Sessions, as types that say what they guarantee.
//
// Only the TPM and we know the key of a salted session: the salt crosses the bus encrypted to a key
// that was verified (SaltKey, primary.h). It keeps out passive listeners, and everybody who cannot
// decrypt with that key. It does not keep out an attacker who sends his own commands to the TPM
// after a good boot: only a PIN does (SECURITY.md). No function in lib/ that moves a secret takes a
// bare EsysTr. A session is made from a SaltKey and then always encrypts, or from a
// PlaintextPermit, which only the configuration gives. negotiate.h decides which of them a machine
// gets. tests/integration/bus.test and ladder.test show this.
#pragma once

#include <optional>

#include "lib/base/config.h"
#include "lib/base/protection.h"
#include "lib/tpm/key/primary.h"
#include "lib/tpm/link/context.h"
#include "lib/tpm/link/handle.h"
#include "lib/tpm/link/session_use.h"

namespace tpm2_sealed {

// What both kinds of session have in common.
class Session {
 public:
  Protection protection() const noexcept { return protection_; }
  void FlushNow() noexcept { object_.Flush(); }

 protected:
  enum class Kind { kHmac, kPolicy };

  Session(const Context &context, Protection protection)
      : context_(&context), object_(context), protection_(protection) {}
  // Starts the session with `protection_`, salted or, for kPlain, not. Returns false if the TPM
  // refuses the cipher at the parameter "symmetric"; throws for every other refusal.
  bool Start(EsysTr salt_key, Kind kind);
  // Returns the ESYS_TR for one command, in which the session is used so.
  EsysTr For(SessionUse use) const;

  const Context *context_;
  TransientObject object_;
  Protection protection_;
};

// Authorises with an empty authValue, and encrypts on the way to the TPM (attribute "decrypt") and
// back ("encrypt"). The plain one is not a session, but a password authorisation.
class HmacSession : public Session {
 public:
  // Returns nullopt if the TPM refuses that encryption.
  static std::optional<HmacSession> TryStart(const Context &context, const SaltKey &salt_key,
                                             Encryption encryption);
  static HmacSession StartPlain(const Context &context, PlaintextPermit permit);

  // Returns the ESYS_TR for a command that it authorises.
  EsysTr BothWays() const;
  // Returns the ESYS_TR for a command without authorisation, only whose answer can be encrypted:
  // TPM2_GetRandom.
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
  // Use this only on a connection that has not tried to start a salted session: ESYS (3.2 to 4.2)
  // would add the salt of the refused session to this session's key, and the TPM would not know
  // that key.
  static PolicySession StartPlain(const Context &context, PlaintextPermit permit);

  // Returns the ESYS_TR for the policy commands.
  EsysTr ForPolicy() const { return object_.tr(); }
  // Returns the ESYS_TR for the command that the policy authorises. continueSession is clear, so
  // success ends the session in the TPM.
  EsysTr ForLastUse() const;
  // Call this after that success.
  void Ended() noexcept { object_.Forget(); }

 private:
  using Session::Session;
};

}  // namespace tpm2_sealed
