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

#include "lib/tpm/session/session.h"

namespace tpm2_sealed {

// What crosses the bus in the session: with a PIN, its authValue or what an authorization HMAC says
// of it. From a plain session's HMAC whoever listens can guess the PIN, so no permit counts then.
enum class Carried { kSecret, kPin };

struct SessionRules {
  Protection floor;                       // the least that will do; nothing: plain would
  std::optional<PlaintextPermit> permit;  // and may be used
  Carried carried = Carried::kSecret;
};

// Throw Error(kDowngrade) if the TPM offers less than the rules allow.
//
// Nothing: plain it is, and permitted; start it with PolicySession::StartPlain on a new connection.
// On this one ESYS (3.2 to 4.2) would take the salt of the refused sessions into the plain one's
// key, and the TPM would not know that key.
std::optional<PolicySession> TryStartPolicySession(const Context &context, const SaltKey &salt_key,
                                                   const SessionRules &rules);
HmacSession StartHmacSession(const Context &context, const SaltKey &salt_key,
                             const SessionRules &rules);

// Whether the TPM can encrypt a session at all, by the same rules: contradictory answers throw.
bool CanEncrypt(const Context &context, const SaltKey &salt_key);

}  // namespace tpm2_sealed
