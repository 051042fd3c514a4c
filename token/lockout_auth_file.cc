// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/lockout_auth_file.h"

#include "lib/base/crypto.h"
#include "lib/base/encoding.h"
#include "lib/base/error.h"
#include "lib/lockout.h"
#include "token/command.h"
#include "token/new_secret_file.h"

namespace tpm2_sealed {
namespace {

constexpr std::size_t kRandomSize = 16;

bool MayBeSet(const TpmAccess &access) {
  try {
    return ReadLockout(access).lockout_auth_set;
  } catch (const Error &) {
    return true;
  }
}

}  // namespace

void SetLockoutAuthOf(const Options &options, const KeyRequest &keys, const TpmAccess &access) {
  const auto file = options.Get("set-lockout-auth");
  if (!file) return;
  if (ReadLockout(access).lockout_auth_set) {
    Report(options, "lockoutAuth of this TPM is set already: it is left as it is, and " + *file +
                        " is not written");
    return;
  }
  const SecretBytes random = KernelRandom(kRandomSize);
  SecretBytes text(2 * kRandomSize);
  HexEncodeTo(random.view(), reinterpret_cast<char *>(text.data()));
  // The file first: a value in the TPM that nobody has could never be used or changed again.
  const NewSecretFile made(*file, text.view());
  try {
    SetLockoutAuth(access, keys, text.view());
  } catch (const Error &) {
    if (!MayBeSet(access)) made.Remove();
    throw;
  }
  Report(options, "lockoutAuth of this TPM is set: " + *file +
                      " resets a lockout (tpm2_dictionarylockout), keep it where no thief of the "
                      "machine finds it");
}

}  // namespace tpm2_sealed
