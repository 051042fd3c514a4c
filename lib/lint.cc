// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/lint.h"

#include <array>

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
    Volatile{15, "systemd and the latch extend it during boot"},
};

// What covers the initramfs: the boot loader's measurements, GRUB's files, a unified kernel image.
constexpr std::array<std::uint32_t, 3> kCoverInitramfs = {4, 9, 11};

// The one PCR from 8 up that nothing extends before the volumes are open, unless it is told to.
constexpr std::uint32_t kUsualLatch = 15;

}  // namespace

std::vector<Warning> LintPcrs(std::optional<PcrSelection> selection,
                              std::optional<std::uint32_t> latch) {
  std::vector<Warning> warnings;
  if (latch && *latch != kUsualLatch) {
    warnings.push_back({"latch-pcr", "the latch is PCR " + std::to_string(*latch) + " (" +
                                         PcrMeaning(*latch) +
                                         "): if that is extended before the initramfs opens the "
                                         "volume, the token never opens"});
  }
  if (latch && selection) selection->mask &= ~(1u << *latch);
  if (!selection || selection->mask == 0) {
    warnings.push_back({"no-pcrs", std::string("no PCR") + (latch ? " but the latch" : "") +
                                       " is chosen: the volume opens on this machine whatever is "
                                       "booted"});
    return warnings;
  }
  for (const Volatile &v : kVolatile) {
    if (!selection->Contains(v.pcr)) continue;
    warnings.push_back({"volatile-pcr", "PCR " + std::to_string(v.pcr) + " (" + PcrMeaning(v.pcr) +
                                            ") is volatile: " + v.why});
  }
  for (const std::uint32_t pcr : {16u, 23u}) {
    if (!selection->Contains(pcr)) continue;
    warnings.push_back({"resettable-pcr", "PCR " + std::to_string(pcr) + " (" + PcrMeaning(pcr) +
                                              ") protects nothing: any program can reset it"});
  }
  if (selection->bank == "sha1") {
    warnings.push_back({"weak-bank", "the sha1 bank is weak: collisions can be computed"});
  }
  bool covered = false;
  for (const std::uint32_t pcr : kCoverInitramfs) covered |= selection->Contains(pcr);
  if (!covered) {
    const bool command_line = selection->Contains(8) || selection->Contains(12);
    warnings.push_back(
        {"initramfs-unprotected",
         command_line
             ? "nothing chosen measures the initramfs: unless it is part of a signed unified "
               "kernel image, whoever can write /boot can read the key"
             : "nothing chosen measures the initramfs or the kernel command line: unless both are "
               "part of a signed unified kernel image, whoever can write /boot, or edit the "
               "command line in the boot menu (init=/bin/sh), can read the key"});
  }
  return warnings;
}

}  // namespace tpm2_sealed
