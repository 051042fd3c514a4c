// SPDX-License-Identifier: LGPL-2.1-or-later
// PCRs: which ones (bank and numbers), what they must hold, what they hold.
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
  std::string bank;        // "sha256"; one of the names that DigestSize() (crypto.h) knows
  std::uint32_t mask = 0;  // bit n stands for PCR n

  // "7", "0+7", "0,7", "sha256:0,7". Throws Error(kNotSupported) that says what is wrong.
  static PcrSelection Parse(std::string_view text, std::string_view default_bank);
  // "sha256:0+7"
  std::string Format() const;
  std::vector<std::uint32_t> Numbers() const;
  bool Contains(std::uint32_t pcr) const { return (mask >> pcr & 1) != 0; }
  // TPM 2.0 Part 2, section 10.9.7.
  TPML_PCR_SELECTION ToTpm() const;
};

// What the PCRs of one bank hold, by number; all values have the size of the bank's digest.
struct PcrValues {
  std::string bank;
  std::map<std::uint32_t, Bytes> values;

  PcrSelection Selection() const;
  // SHA-256 over the values in ascending order of their numbers: the pcrDigest that
  // TPM2_PolicyPCR takes in a SHA-256 session (TPM 2.0 Part 3, section 23.7).
  Bytes Digest() const;
};

// Reads the chosen PCRs. Throws Error(kNotSupported) if the bank is not active, naming those that
// are, or lacks one of them.
PcrValues ReadPcrs(const Context &context, const PcrSelection &selection);
// The same; nullopt if the TPM has no such bank, or the bank lacks one of them.
std::optional<PcrValues> TryReadPcrs(const Context &context, const PcrSelection &selection,
                                     Patience patience = Patience::kMoment);

// A bank as the TPM lists it. Firmware has banks whole or not at all: TPM2_PCR_Allocate can also
// leave a part of one.
struct PcrBank {
  std::string name;
  std::uint32_t mask = 0;  // the PCRs that it has; none if it is not active

  bool IsActive() const { return mask != 0; }
  bool IsWhole() const { return mask == (1u << kPcrCount) - 1; }
  bool Has(std::uint32_t pcr) const { return (mask >> pcr & 1) != 0; }
};
// All banks that the TPM lists (TPM_CAP_PCRS) with a hash that the TSS knows, active or not.
std::vector<PcrBank> ListBanks(const Context &context, Patience patience = Patience::kMoment);
// Names of those of them that are active.
std::vector<std::string> ActiveBanks(const std::vector<PcrBank> &banks);
// Names of the banks that the TSS knows, in the TPM or not.
std::vector<std::string> KnownBanks();

// What PCR `pcr` measures, in words ("Secure Boot policy"): TCG PC Client Platform Firmware
// Profile, section 3.3.4, and the UAPI group's Linux TPM PCR Registry for 8 and up.
const char *PcrMeaning(std::uint32_t pcr);

// TPM_ALG_ID of a bank's name; throws Error(kNotSupported) for a name the TSS does not know.
std::uint16_t BankAlgorithm(std::string_view bank);

// True if every byte is 0x00, or every byte is 0xff: nobody has extended this PCR.
bool IsUnextended(ByteView value);

}  // namespace tpm2_sealed
