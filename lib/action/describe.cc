// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/action/describe.h"

#include <algorithm>

#include "lib/tpm/key/provision.h"
#include "lib/tpm/sealed_object.h"
#include "lib/tpm/session/session.h"
#include "lib/tpm/session/test_parms.h"

namespace tpm2_sealed {
namespace {

// Returns whether random bytes came through a session with that encryption: what the TPM does
// counts, not what it says.
bool RoundTrip(const Context &context, const SaltKey &salt_key, Encryption encryption) {
  const auto session = HmacSession::TryStart(context, salt_key, encryption);
  return session && TpmRandom(context, *session, 16).size() == 16;
}

}  // namespace

TpmDescription DescribeTpm(Tpm &connection) {
  const Context &context = connection.context();
  TpmDescription tpm;
  tpm.identity = ReadIdentity(context);
  tpm.kind = GuessKind(tpm.identity.manufacturer);
  tpm.banks = ListBanks(context);
  tpm.keys = FindPersistentKeys(context);
  tpm.persistent_free = PersistentFree(context);
  tpm.lockout = ReadLockout(context);
  tpm.aes_128_cfb = SaysAes128Cfb(context);
  tpm.xor_sha256 = SaysXorSha256(context);
  if (const auto pinned = FindSaltKey(context)) {
    const SaltKey salt_key = OpenSaltKey(context, *pinned);
    tpm.aes_128_cfb &= RoundTrip(context, salt_key, Protection::kAes);
    tpm.xor_sha256 &= RoundTrip(context, salt_key, Protection::kXor);
  }
  return tpm;
}

}  // namespace tpm2_sealed
