// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/policy/lint.h"

#include <algorithm>
#include <array>
#include <string>

namespace tpm2_sealed {
namespace {

struct Volatile {
  std::uint32_t pcr;
  const char *why;
};

constexpr std::array kVolatile = {
    Volatile{5,
             "it changes with the boot order, the partition table and the boot loader's "
             "configuration"},
    Volatile{8, "it changes with the boot loader's configuration and the kernel command line"},
    Volatile{9, "it changes with every kernel and initramfs"},
    Volatile{10, "IMA extends it for every file while the system runs"},
    Volatile{12, "it changes with the kernel command line"},
    Volatile{kDefaultLatchPcr, "systemd and the latch extend it during boot"},
};

constexpr std::uint32_t kBootLoaderPcr = 4;
constexpr std::uint32_t kLoaderCommandsPcr = 8;
constexpr std::uint32_t kLoaderFilesPcr = 9;
constexpr std::uint32_t kCommandLinePcr = 12;
constexpr std::uint32_t kExtensionsPcr = 13;
constexpr std::uint32_t kLastMeasuredPcr = 14;  // shim's; the system extends the PCRs above
constexpr std::uint32_t kDrtmPcrs[] = {17, 18, 19, 20, 21, 22};

std::string NameOf(std::uint32_t pcr) {
  return "PCR " + std::to_string(pcr) + " (" + PcrMeaning(pcr) + ")";
}

bool IsZero(ByteView value) {
  return std::ranges::all_of(value, [](std::uint8_t byte) { return byte == 0; });
}

UnifiedKernel FromPcr11(ByteView value) {
  return IsUnextended(value) ? UnifiedKernel::kNo : UnifiedKernel::kYes;
}

// The PCR values of one policy, without the latch.
class Choice {
 public:
  Choice(const PcrValues &pcrs, UnifiedKernel booted) : pcrs_(pcrs), booted_(booted) {}

  bool Has(std::uint32_t pcr) const { return pcrs_.values.contains(pcr); }
  // Returns whether the PCR is chosen, at a value that not every boot has.
  bool Measures(std::uint32_t pcr) const {
    const auto found = pcrs_.values.find(pcr);
    return found != pcrs_.values.end() && !ProtectsNothing(pcr, found->second, booted_);
  }
  // GRUB and the kernel's EFI stub measure the initramfs into PCR 9, and systemd's stub into PCR 11
  // as a part of the unified kernel image. The firmware measures that image into PCR 4. Without
  // such an image, PCR 4 covers only boot loader and kernel (GRUB does not start the initramfs).
  bool CoversInitramfs() const { return Measures(kLoaderFilesPcr) || CoversUnifiedKernel(); }
  bool CoversUnifiedKernel() const {
    return Measures(kUnifiedKernelPcr) ||
           (Measures(kBootLoaderPcr) && booted_ != UnifiedKernel::kNo);
  }
  bool CoversCommandLine() const {
    return Measures(kLoaderCommandsPcr) || Measures(kCommandLinePcr);
  }

 private:
  const PcrValues &pcrs_;
  UnifiedKernel booted_;
};

void LintLatch(std::uint32_t latch, std::vector<Warning> &warnings) {
  if (latch == kDefaultLatchPcr) return;
  warnings.push_back(
      {warning_id::kLatchPcr, "the latch is " + NameOf(latch) +
                                  ": if that is extended before the initramfs opens the "
                                  "volume, the token never opens"});
}

void LintValues(const PcrValues &pcrs, UnifiedKernel booted, std::vector<Warning> &warnings) {
  for (const auto &[pcr, value] : pcrs.values) {
    const bool drtm = std::ranges::find(kDrtmPcrs, pcr) != std::end(kDrtmPcrs);
    if (!ProtectsNothing(pcr, value, booted) && !(drtm && IsUnextended(value))) continue;
    warnings.push_back({warning_id::kUnextendedPcr,
                        NameOf(pcr) +
                            " was never extended when the token was sealed to it: it protects "
                            "nothing, as everything that boots finds the same value"});
  }
}

void LintCoverage(const Choice &choice, std::vector<Warning> &warnings) {
  if (!choice.CoversInitramfs()) {
    warnings.push_back(
        {warning_id::kInitramfsUnprotected,
         choice.CoversCommandLine()
             ? "no chosen PCR measures the initramfs: unless it is part of a signed unified "
               "kernel image, whoever can write /boot can read the key"
             : "no chosen PCR measures the initramfs or the kernel command line: unless both are "
               "part of a signed unified kernel image, whoever can write /boot, or edit the "
               "command line in the boot menu (init=/bin/sh), can read the key"});
  } else if (!choice.CoversUnifiedKernel() && !choice.CoversCommandLine()) {
    warnings.push_back(
        {warning_id::kCommandLineUnprotected,
         "no chosen PCR measures the kernel command line: whoever edits it in the boot menu "
         "(init=/bin/sh) can read the key; GRUB measures it into PCR 8, systemd-boot into PCR 12"});
  }
}

}  // namespace

std::optional<UnifiedKernel> UnifiedKernelFrom(const PcrValues &pcrs) {
  const auto chosen = pcrs.values.find(kUnifiedKernelPcr);
  if (chosen != pcrs.values.end()) return FromPcr11(chosen->second);
  const bool matters = std::ranges::any_of(pcrs.values, [](const auto &entry) {
    const auto &[pcr, value] = entry;
    return pcr == kBootLoaderPcr ||
           ((pcr == kCommandLinePcr || pcr == kExtensionsPcr) && IsZero(value));
  });
  return matters ? std::nullopt : std::optional(UnifiedKernel::kUnknown);
}

bool ProtectsNothing(std::uint32_t pcr, ByteView value, UnifiedKernel booted) {
  if (pcr > kLastMeasuredPcr || !IsUnextended(value)) return false;
  const bool may_be_zero = pcr == kCommandLinePcr || pcr == kExtensionsPcr;
  return !(may_be_zero && booted != UnifiedKernel::kNo && IsZero(value));
}

std::vector<Warning> LintPcrs(const std::optional<PcrValues> &pcrs,
                              std::optional<std::uint32_t> latch, UnifiedKernel booted) {
  std::vector<Warning> warnings;
  if (latch) LintLatch(*latch, warnings);
  PcrValues chosen = pcrs.value_or(PcrValues());
  if (latch) chosen.values.erase(*latch);
  if (chosen.values.empty()) {
    warnings.push_back(
        {warning_id::kNoPcrs, std::string("no PCR") + (latch ? " but the latch" : "") +
                                  " is chosen: the volume opens on this machine whatever is "
                                  "booted"});
    return warnings;
  }
  const Choice choice(chosen, booted);
  LintValues(chosen, booted, warnings);
  for (const Volatile &v : kVolatile) {
    if (!choice.Has(v.pcr)) continue;
    warnings.push_back({warning_id::kVolatilePcr, NameOf(v.pcr) + " is volatile: " + v.why});
  }
  for (const std::uint32_t pcr : {16u, 23u}) {
    if (!choice.Has(pcr)) continue;
    warnings.push_back(
        {warning_id::kResettablePcr, NameOf(pcr) + " protects nothing: any program can reset it"});
  }
  if (chosen.bank == "sha1") {
    warnings.push_back(
        {warning_id::kWeakBank, "the sha1 bank is weak: collisions can be computed"});
  }
  LintCoverage(choice, warnings);
  return warnings;
}

}  // namespace tpm2_sealed
