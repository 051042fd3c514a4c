// SPDX-License-Identifier: LGPL-2.1-or-later
// Latch: the PCR whose first extension ends the TPM's readiness. A volume that the initramfs opens
// is sealed to this PCR at zero. The initramfs extends it before it is left, so that whatever runs
// afterwards, from whichever root volume, does not unseal under PCRs that are all genuine.
// Shown by tests/integration/latch.test.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/defaults.h"
#include "lib/tpm/link/context.h"

namespace tpm2_sealed {

// What a bank's latch is extended by is the digest of these bytes, without a zero at the end, by
// the bank's own hash: so a reader of an event log knows it by its value. Documented in
// cryptsetup-tpm2(8), never changed.
inline constexpr std::string_view kLatchText = "cryptsetup-tpm2 latch v1";

// The latch that a policy is sealed to: this PCR at zero.
struct LatchPcr {
  std::string bank;
  std::uint32_t pcr = kDefaultLatchPcr;
};

// What that is in `bank`.
Bytes LatchDigest(std::string_view bank);

// Whether the PCR's value says that it is extended: any byte that is not zero.
bool IsLatchExtended(ByteView value);

struct LatchResult {
  std::vector<std::string> extended;  // banks that were extended now, and were seen to be
  std::vector<std::string> already;   // banks that had been
};

// Closes the latch on the TPM that `tpm` names: extends PCR `pcr` in every bank where it is not
// proved to be extended, in those too that the TPM lists without it: a token may be sealed to any.
// Nothing is extended only if the TPM's answers agree that it is closed in every bank that has it;
// an answer that does not come or looks odd means that it is extended. A hash that the TPM refuses
// costs its own bank alone. Then reads the PCR in the banks that have it. Throws Error unless each
// of these, and at least one, is closed.
LatchResult CloseLatch(const Context::Options &tpm, std::uint32_t pcr);

}  // namespace tpm2_sealed
