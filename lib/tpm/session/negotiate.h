// SPDX-License-Identifier: LGPL-2.1-or-later
// Negotiate: which protection a session gets. AES-128-CFB; where the TPM cannot, XOR obfuscation,
// still salted; plain text only where it can do neither and this machine's configuration permits
// it.
//
// What the TPM can do decides, never the token alone: the token's floor can only make it stricter.
// A TPM "cannot" only if TPM2_StartAuthSession refuses the cipher itself, at its own parameter, and
// TPM2_TestParms says the same. Every other failure is an error and no step down, and so are
// answers that contradict each other. Shown by tests/integration/ladder.test.
#pragma once

#include <optional>
#include <variant>

#include "lib/tpm/session/session.h"

namespace tpm2_sealed {

// What crosses the bus in the session: with a PIN, its authValue or what an authorization HMAC says
// of it. From a plain session's HMAC whoever listens can guess the PIN, so no permit counts then.
enum class Carried { kSecret, kPin };

struct SessionRules {
  Protection floor;                       // the least that will do
  std::optional<PlaintextPermit> permit;  // for plain text, where the floor allows it
  Carried carried;
};

// What a negotiation came to: a session that encrypts; or plain text, with the permit that starts
// it. For a policy that has to be on a new connection (PolicySession::StartPlain).
template <typename AnySession>
using Negotiated = std::variant<AnySession, PlaintextPermit>;

// Climbs down from AES to XOR to plain text. Throws Error(kDowngrade) if the TPM offers less than
// the rules allow. AnySession is HmacSession or PolicySession.
template <typename AnySession>
Negotiated<AnySession> NegotiateSession(const Context &context, const SaltKey &salt_key,
                                        const SessionRules &rules);
extern template Negotiated<HmacSession> NegotiateSession(const Context &, const SaltKey &,
                                                         const SessionRules &);
extern template Negotiated<PolicySession> NegotiateSession(const Context &, const SaltKey &,
                                                           const SessionRules &);

// The same with the plain one started: it is a password authorisation, and needs no connection of
// its own.
HmacSession StartHmacSession(const Context &context, const SaltKey &salt_key,
                             const SessionRules &rules);

// Whether the TPM can encrypt a session at all, by the same rules: contradictory answers throw.
bool CanEncrypt(const Context &context, const SaltKey &salt_key);

}  // namespace tpm2_sealed
