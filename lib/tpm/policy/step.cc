// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/policy/step.h"

#include "lib/base/crypto.h"

namespace tpm2_sealed {

void ExtendPolicyDigest(Bytes &digest, std::uint32_t command_code, ByteView parameters) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    digest.push_back(static_cast<std::uint8_t>(command_code >> shift & 0xff));
  }
  digest.insert(digest.end(), parameters.begin(), parameters.end());
  digest = Sha256(digest);
}

}  // namespace tpm2_sealed
