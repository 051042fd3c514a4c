// SPDX-License-Identifier: LGPL-2.1-or-later
// PCRs: a selection of them (bank and numbers), their values, and the banks of a TPM.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/defaults.h"
#include "lib/tpm/link/context.h"
#include "lib/tpm/link/tss.h"

namespace tpm2_sealed {

// A bank and a set of PCR numbers in it.
struct PcrSelection {
  std::string bank;        // "sha256", or another name that DigestSize() (crypto.h) knows
  std::uint32_t mask = 0;  // bit n stands for PCR n

  // Parses "7", "0+7", "0,7" or "sha256:0,7". Throws Error(kNotSupported) that says what is wrong.
  static PcrSelection Parse(std::string_view text, std::string_view default_bank);
  // Returns "sha256:0+7".
  std::string Format() const;
  std::vector<std::uint32_t> Numbers() const;
  bool Contains(std::uint32_t pcr) const { return (mask >> pcr & 1) != 0; }
  // TPM 2.0 Part 2, section 10.9.7.
  TPML_PCR_SELECTION ToTpm() const;
};

// The values of PCRs of one bank, by number. All values have the size of the bank's digest.
struct PcrValues {
  std::string bank;
  std::map<std::uint32_t, Bytes> values;

  PcrSelection Selection() const;
  // Returns SHA-256 over the values in ascending order of their numbers. This is the pcrDigest that
  // TPM2_PolicyPCR takes in a SHA-256 session (TPM 2.0 Part 3, section 23.7).
  Bytes Digest() const;
};

// Reads the chosen PCRs. Throws Error(kNotSupported), which names usable banks, if the bank is not
// active or lacks one of them.
PcrValues ReadPcrs(const Context &context, const PcrSelection &selection);
// The same, but returns nullopt if the TPM does not have the bank, or the bank lacks one of them.
std::optional<PcrValues> TryReadPcrs(const Context &context, const PcrSelection &selection,
                                     Patience patience = Patience::kMoment);

// A bank as the TPM lists it. Firmware allocates a bank with all PCRs or none; with
// TPM2_PCR_Allocate somebody can leave a part of one.
struct PcrBank {
  std::string name;
  std::uint32_t mask = 0;  // bit n stands for PCR n; 0 if the bank is not active

  bool IsActive() const { return mask != 0; }
  bool IsWhole() const { return mask == (1u << kPcrCount) - 1; }
  bool Has(std::uint32_t pcr) const { return (mask >> pcr & 1) != 0; }
};
// Returns all banks that the TPM lists (TPM_CAP_PCRS) with a hash that this program knows, active
// or not.
std::vector<PcrBank> ListBanks(const Context &context, Patience patience = Patience::kMoment);
// Returns the names of those that are active.
std::vector<std::string> ActiveBanks(const std::vector<PcrBank> &banks);
// Returns the names of all banks that this program knows, whether the TPM has them or not.
std::vector<std::string> KnownBanks();

// Returns in words what PCR `pcr` measures ("Secure Boot policy"): TCG PC Client Platform Firmware
// Profile, section 3.3.4, and the UAPI group's Linux TPM PCR Registry for 8 and up.
const char *PcrMeaning(std::uint32_t pcr);

// Returns the TPM_ALG_ID of a bank. Throws Error(kNotSupported) for an unknown name.
std::uint16_t BankAlgorithm(std::string_view bank);

// Returns whether every byte is 0x00, or every byte is 0xff: a PCR with that value was never
// extended.
bool IsUnextended(ByteView value);

}  // namespace tpm2_sealed
