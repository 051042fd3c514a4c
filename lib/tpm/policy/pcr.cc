// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/policy/pcr.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lib/base/crypto.h"
#include "lib/base/encoding.h"
#include "lib/base/error.h"
#include "lib/base/words.h"
#include "lib/tpm/link/esys.h"
#include "lib/tpm/link/public_area.h"
#include "lib/tpm/link/rc.h"

namespace tpm2_sealed {
namespace {

constexpr std::array kBanks = {TPM2_ALG_SHA1, TPM2_ALG_SHA256, TPM2_ALG_SHA384, TPM2_ALG_SHA512,
                               TPM2_ALG_SM3_256};

constexpr std::array<const char *, kPcrCount> kMeanings = {
    "firmware code",
    "firmware configuration",
    "option ROM code",
    "option ROM configuration",
    "boot loader and drivers",
    "boot loader configuration and partition table",
    "platform manufacturer",
    "Secure Boot policy",
    "boot loader commands (GRUB)",
    "files read by the boot loader, initramfs",
    "IMA measurements",
    "unified kernel image",
    "kernel command line",
    "system extensions",
    "shim's MOK lists",
    "system identity, or the latch of the initramfs",
    "debugging",
    "dynamic root of trust: details",
    "dynamic root of trust: authorities",
    "trusted operating system",
    "trusted operating system",
    "trusted operating system",
    "trusted operating system",
    "applications",
};

[[noreturn]] void ThrowBadSelection(const std::string &problem) {
  throw Error(Reason::kNotSupported, problem, "give PCRs as 7, 0+7 or sha256:0,7");
}

[[noreturn]] void ThrowLacking(const Context &context, const PcrSelection &selection) {
  std::vector<std::string> whole;
  bool is_active = false;
  for (const PcrBank &bank : ListBanks(context)) {
    if (bank.name == selection.bank) is_active = bank.IsActive();
    // Only a bank that has all the PCRs can be used instead.
    if ((selection.mask & ~bank.mask) == 0) whole.push_back(bank.name);
  }
  throw Error(Reason::kNotSupported,
              is_active ? "the PCR bank " + selection.bank + " of this TPM lacks some of " +
                              selection.Format()
                        : "the PCR bank " + selection.bank + " is not active on this TPM",
              whole.empty() ? "activate a bank in the firmware setup"
                            : std::string(is_active ? "use another one (" : "use an active one (") +
                                  ListWords(whole) + ") with --bank");
}

// Returns the first 24 bits of a selection. A chip may answer any size.
std::uint32_t MaskOf(const TPMS_PCR_SELECTION &selection) {
  std::uint32_t mask = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(kPcrCount / 8, selection.sizeofSelect); ++i) {
    mask |= static_cast<std::uint32_t>(selection.pcrSelect[i]) << (8 * i);
  }
  return mask;
}

}  // namespace

std::uint16_t BankAlgorithm(std::string_view bank) {
  for (const TPMI_ALG_HASH hash : kBanks) {
    if (bank == HashName(hash)) return hash;
  }
  throw Error(Reason::kNotSupported, "there is no PCR bank '" + std::string(bank) + "'",
              "banks are sha1, sha256, sha384, sha512 and sm3_256");
}

PcrSelection PcrSelection::Parse(std::string_view text, std::string_view default_bank) {
  PcrSelection selection{.bank = std::string(default_bank)};
  if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    selection.bank = std::string(text.substr(0, colon));
    text.remove_prefix(colon + 1);
  }
  (void)BankAlgorithm(selection.bank);
  if (text.empty()) ThrowBadSelection("no PCR is chosen");
  while (!text.empty()) {
    const auto end = text.find_first_of("+,");
    const std::string_view number = text.substr(0, end);
    const auto pcr = ParseDecimal(number, kPcrCount - 1);
    if (!pcr) {
      ThrowBadSelection("'" + std::string(number) + "' is not a PCR number (they are 0 to 23)");
    }
    selection.mask |= 1u << *pcr;
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
    if (text.empty()) ThrowBadSelection("a PCR number is missing at the end");
  }
  return selection;
}

std::vector<std::uint32_t> PcrSelection::Numbers() const {
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t pcr = 0; pcr < kPcrCount; ++pcr) {
    if (Contains(pcr)) numbers.push_back(pcr);
  }
  return numbers;
}

std::string PcrSelection::Format() const {
  std::string text = bank + ":";
  for (const std::uint32_t pcr : Numbers()) {
    if (text.back() != ':') text += '+';
    text += std::to_string(pcr);
  }
  return text;
}

TPML_PCR_SELECTION PcrSelection::ToTpm() const {
  TPML_PCR_SELECTION tpm{};
  tpm.count = 1;
  tpm.pcrSelections[0].hash = BankAlgorithm(bank);
  tpm.pcrSelections[0].sizeofSelect = kPcrCount / 8;
  for (std::size_t i = 0; i < kPcrCount / 8; ++i) {
    tpm.pcrSelections[0].pcrSelect[i] = static_cast<BYTE>(mask >> (8 * i) & 0xff);
  }
  return tpm;
}

PcrSelection PcrValues::Selection() const {
  PcrSelection selection{.bank = bank};
  for (const auto &[pcr, value] : values) selection.mask |= 1u << pcr;
  return selection;
}

Bytes PcrValues::Digest() const {
  Bytes all;
  for (const auto &[pcr, value] : values) all.insert(all.end(), value.begin(), value.end());
  return Sha256(all);
}

PcrValues ReadPcrs(const Context &context, const PcrSelection &selection) {
  if (auto values = TryReadPcrs(context, selection)) return std::move(*values);
  ThrowLacking(context, selection);
}

std::optional<PcrValues> TryReadPcrs(const Context &context, const PcrSelection &selection,
                                     Patience patience) {
  PcrValues read{.bank = selection.bank, .values = {}};
  // A TPM returns at most eight values at once, and says which ones (Part 3, section 22.4).
  PcrSelection left = selection;
  while (left.mask != 0) {
    const TPML_PCR_SELECTION wanted = left.ToTpm();
    EsysPtr<TPML_PCR_SELECTION> got;
    EsysPtr<TPML_DIGEST> digests;
    const auto command = [&] {
      return Esys_PCR_Read(context.esys(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &wanted,
                           nullptr, OutPtr(got), OutPtr(digests));
    };
    const TSS2_RC code = context.Retry(command, patience);
    if (rc::IsUnknownHash(code)) return std::nullopt;
    context.Check("TPM2_PCR_Read", code);
    const PcrSelection answered{
        .bank = selection.bank,
        .mask = got->count == 1 ? MaskOf(got->pcrSelections[0]) & left.mask : 0};
    const auto numbers = answered.Numbers();
    if (numbers.empty() || digests->count != numbers.size()) return std::nullopt;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const TPM2B_DIGEST &digest = digests->digests[i];
      if (digest.size != DigestSize(selection.bank)) {
        throw Error(Reason::kNoTpm, "the TPM returned a PCR value of the wrong size");
      }
      read.values[numbers[i]] = Bytes(digest.buffer, digest.buffer + digest.size);
    }
    left.mask &= ~answered.mask;
  }
  return read;
}

std::vector<PcrBank> ListBanks(const Context &context, Patience patience) {
  EsysPtr<TPMS_CAPABILITY_DATA> data;
  TPMI_YES_NO more = TPM2_NO;
  const auto command = [&] {
    return Esys_GetCapability(context.esys(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                              TPM2_CAP_PCRS, 0, 1, &more, OutPtr(data));
  };
  context.Check("TPM2_GetCapability", context.Retry(command, patience));
  std::vector<PcrBank> banks;
  const TPML_PCR_SELECTION &assigned = data->data.assignedPCR;
  for (std::uint32_t i = 0; i < std::min<std::uint32_t>(assigned.count, TPM2_NUM_PCR_BANKS); ++i) {
    const TPMS_PCR_SELECTION &selection = assigned.pcrSelections[i];
    const char *name = HashName(selection.hash);
    if (name == nullptr) continue;
    const auto known =
        std::find_if(banks.begin(), banks.end(), [&](const PcrBank &b) { return b.name == name; });
    PcrBank &bank = known != banks.end() ? *known : banks.emplace_back(PcrBank{.name = name});
    bank.mask |= MaskOf(selection);
  }
  return banks;
}

std::vector<std::string> ActiveBanks(const std::vector<PcrBank> &banks) {
  std::vector<std::string> names;
  for (const PcrBank &bank : banks) {
    if (bank.IsActive()) names.push_back(bank.name);
  }
  return names;
}

std::vector<std::string> KnownBanks() {
  std::vector<std::string> names;
  for (const TPMI_ALG_HASH hash : kBanks) names.emplace_back(HashName(hash));
  return names;
}

const char *PcrMeaning(std::uint32_t pcr) {
  return pcr < kPcrCount ? kMeanings[pcr] : "no such PCR";
}

bool IsUnextended(ByteView value) {
  const auto all = [&](std::uint8_t expected) {
    return std::all_of(value.begin(), value.end(), [=](std::uint8_t b) { return b == expected; });
  };
  return all(0x00) || all(0xff);
}

}  // namespace tpm2_sealed
