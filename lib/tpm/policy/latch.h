// SPDX-License-Identifier: LGPL-2.1-or-later
// Latch: a PCR whose extension keeps the TPM from unsealing. A volume that the initramfs opens is
// sealed to this PCR at zero. The initramfs extends the PCR before it hands over to the system, so
// that a system from a foreign root volume cannot unseal, although all other PCRs are genuine.
// tests/integration/latch.test shows this.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/defaults.h"
#include "lib/tpm/link/context.h"

namespace tpm2_sealed {

// The PCR is extended with the digest of these bytes, without a terminating zero, by the bank's own
// hash. A reader of an event log recognises it by that value. It is documented in
// cryptsetup-tpm2(8) and never changes.
inline constexpr std::string_view kLatchText = "cryptsetup-tpm2 latch v1";

// The latch of a policy, which demands that this PCR is zero.
struct LatchPcr {
  std::string bank;
  std::uint32_t pcr = kDefaultLatchPcr;
};

// Returns the digest of kLatchText for `bank`.
Bytes LatchDigest(std::string_view bank);

// Returns whether the PCR's value shows that it was extended: a byte is not zero.
bool IsLatchExtended(ByteView value);

struct LatchResult {
  std::vector<std::string> extended;  // banks that were extended now, and whose PCR was read then
  std::vector<std::string> already;   // banks whose PCR was extended before
};

// Closes the latch on the TPM that `tpm` names. Extends PCR `pcr` in every bank, since a token may
// be sealed to any, unless the TPM's answers agree that the PCR is extended in every bank that has
// it. If an answer is missing or implausible, the PCR is extended. If the TPM refuses a hash, only
// its own bank is not extended. Then reads the PCR in the banks that have it. Throws Error unless
// the latch is closed in all of these, and in at least one.
LatchResult CloseLatch(const Context::Options &tpm, std::uint32_t pcr);

}  // namespace tpm2_sealed
