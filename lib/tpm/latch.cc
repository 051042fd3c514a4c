// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/latch.h"

#include <algorithm>

#include "lib/base/crypto.h"
#include "lib/base/error.h"
#include "lib/tpm/pcr.h"

namespace tpm2_sealed {
namespace {

ByteView LatchBytes() {
  return {reinterpret_cast<const std::uint8_t *>(kLatchText.data()), kLatchText.size()};
}

bool IsExtended(const Context &context, const std::string &bank, std::uint32_t pcr) {
  const PcrSelection selection{.bank = bank, .mask = 1u << pcr};
  return IsLatchExtended(ReadPcrs(context, selection).values.at(pcr));
}

void AddDigest(TPML_DIGEST_VALUES &values, const std::string &bank) {
  const Bytes digest = LatchDigest(bank);
  TPMT_HA &value = values.digests[values.count++];
  value.hashAlg = BankAlgorithm(bank);
  // TPMU_HA is a union of byte arrays that all start at its first byte.
  std::copy(digest.begin(), digest.end(), reinterpret_cast<std::uint8_t *>(&value.digest));
}

}  // namespace

Bytes LatchDigest(std::string_view bank) {
  try {
    return Digest(bank, LatchBytes());
  } catch (const Error &) {
    // An OpenSSL without SM3. A latch that is closed by another value is closed; one that is left
    // open is not. SHA-256 has the same size.
    if (DigestSize(bank) != DigestSize("sha256")) throw;
    return Sha256(LatchBytes());
  }
}

bool IsLatchExtended(ByteView value) {
  return std::any_of(value.begin(), value.end(), [](std::uint8_t byte) { return byte != 0; });
}

LatchResult ExtendLatch(const Context &context, std::uint32_t pcr) {
  LatchResult result;
  TPML_DIGEST_VALUES values{};
  for (const std::string &bank : ActiveBanks(context)) {
    if (IsExtended(context, bank, pcr)) {
      result.already.push_back(bank);
    } else {
      AddDigest(values, bank);
      result.extended.push_back(bank);
    }
  }
  if (result.extended.empty() && result.already.empty()) {
    throw Error(Reason::kNotSupported, "the TPM has no active PCR bank that this version knows",
                "activate the sha256 bank in the firmware setup");
  }
  if (result.extended.empty()) return result;
  // One command for all banks (Part 3, section 22.2). PCR handles are their numbers, in ESYS too.
  context.Check("TPM2_PCR_Extend", context.Retry([&] {
    return Esys_PCR_Extend(context.esys(), ESYS_TR_PCR0 + pcr, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                           ESYS_TR_NONE, &values);
  }));
  for (const std::string &bank : result.extended) {
    if (IsExtended(context, bank, pcr)) continue;
    throw Error(Reason::kNoTpm,
                "PCR " + std::to_string(pcr) + " is still zero in the " + bank +
                    " bank after it was extended",
                "somebody may be between CPU and TPM, or the TPM is broken");
  }
  return result;
}

}  // namespace tpm2_sealed
