// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/pcr.h"

#include <algorithm>
#include <array>

#include "lib/base/c_handle.h"
#include "lib/base/crypto.h"
#include "lib/base/encoding.h"
#include "lib/base/error.h"
#include "lib/tpm/public_area.h"
#include "lib/tpm/rc.h"

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

[[noreturn]] void ThrowInactive(const Context &context, const std::string &bank) {
  std::string active;
  for (const std::string &name : ActiveBanks(context)) {
    if (!active.empty()) active += ", ";
    active += name;
  }
  throw Error(Reason::kNotSupported, "the PCR bank " + bank + " is not active on this TPM",
              active.empty() ? "activate a bank in the firmware setup"
                             : "use an active one (" + active + ") with --bank");
}

}  // namespace

TPMI_ALG_HASH BankAlgorithm(std::string_view bank) {
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
      ThrowBadSelection("'" + std::string(number) + "' is no PCR number (they are 0 to 23)");
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
  PcrValues read{.bank = selection.bank, .values = {}};
  // A TPM returns at most eight values at a time, and says which ones (TPM2_PCR_Read).
  PcrSelection left = selection;
  while (left.mask != 0) {
    const TPML_PCR_SELECTION wanted = left.ToTpm();
    EsysPtr<TPML_PCR_SELECTION> got;
    EsysPtr<TPML_DIGEST> digests;
    const TSS2_RC code = Esys_PCR_Read(context.esys(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                       &wanted, nullptr, OutPtr(got), OutPtr(digests));
    if (rc::IsUnknownHash(code)) ThrowInactive(context, selection.bank);
    context.Check("TPM2_PCR_Read", code);
    std::uint32_t mask = 0;
    if (got->count == 1) {
      for (std::size_t i = 0; i < std::min<std::size_t>(3, got->pcrSelections[0].sizeofSelect);
           ++i) {
        mask |= static_cast<std::uint32_t>(got->pcrSelections[0].pcrSelect[i]) << (8 * i);
      }
    }
    mask &= left.mask;
    const PcrSelection answered{.bank = selection.bank, .mask = mask};
    const auto numbers = answered.Numbers();
    if (numbers.empty() || digests->count != numbers.size()) ThrowInactive(context, selection.bank);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const TPM2B_DIGEST &digest = digests->digests[i];
      if (digest.size != DigestSize(selection.bank)) {
        throw Error(Reason::kNoTpm, "the TPM returned a PCR value of the wrong size");
      }
      read.values[numbers[i]] = Bytes(digest.buffer, digest.buffer + digest.size);
    }
    left.mask &= ~mask;
  }
  return read;
}

std::vector<std::string> ActiveBanks(const Context &context) {
  EsysPtr<TPMS_CAPABILITY_DATA> data;
  TPMI_YES_NO more = TPM2_NO;
  context.Check("TPM2_GetCapability",
                Esys_GetCapability(context.esys(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                   TPM2_CAP_PCRS, 0, 1, &more, OutPtr(data)));
  std::vector<std::string> banks;
  const TPML_PCR_SELECTION &assigned = data->data.assignedPCR;
  for (std::uint32_t i = 0; i < std::min<std::uint32_t>(assigned.count, TPM2_NUM_PCR_BANKS); ++i) {
    const TPMS_PCR_SELECTION &bank = assigned.pcrSelections[i];
    const bool active =
        std::any_of(bank.pcrSelect,
                    bank.pcrSelect + std::min<std::size_t>(bank.sizeofSelect, TPM2_PCR_SELECT_MAX),
                    [](BYTE bits) { return bits != 0; });
    const char *name = HashName(bank.hash);
    if (active && name != nullptr) banks.emplace_back(name);
  }
  return banks;
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
