// SPDX-License-Identifier: LGPL-2.1-or-later
// Negotiate: decides which protection a session gets. That is AES-128-CFB; XOR obfuscation, still
// salted, if the TPM cannot do that; plain text only if the TPM can do neither and this machine's
// configuration permits it.
//
// What the TPM can do decides, never the token alone: the token's floor can only make it stricter.
// A TPM "cannot" only if TPM2_StartAuthSession refuses the cipher itself, at its own parameter, and
// TPM2_TestParms refuses it too. Every other failure is an error, never a step down, and so are
// answers that contradict each other. tests/integration/ladder.test shows this.
#pragma once

#include <optional>
#include <variant>

#include "lib/tpm/session/session.h"

namespace tpm2_sealed {

// What crosses the bus in the session. With a PIN, that is its authValue, or an authorization HMAC
// that depends on it. A listener could guess the PIN from the HMAC of a plain session, so no permit
// counts then.
enum class Carried { kSecret, kPin };

struct SessionRules {
  Protection floor;                       // the least that is accepted
  std::optional<PlaintextPermit> permit;  // for plain text, if the floor allows it
  Carried carried;
};

// The result of a negotiation: a session that encrypts, or the permit that starts a plain one. A
// plain policy session needs a new connection (PolicySession::StartPlain).
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

// The same, but also starts the plain session, which is a password authorisation and needs no new
// connection.
HmacSession StartHmacSession(const Context &context, const SaltKey &salt_key,
                             const SessionRules &rules);

// Returns whether the TPM can encrypt a session at all, by the same rules: contradictory answers
// throw.
bool CanEncrypt(const Context &context, const SaltKey &salt_key);

}  // namespace tpm2_sealed
