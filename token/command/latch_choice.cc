// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/command/latch_choice.h"

#include "lib/base/config.h"
#include "lib/base/encoding.h"
#include "lib/base/error.h"

namespace tpm2_sealed {
namespace {

std::uint32_t ParseLatch(const std::string &text) {
  const auto pcr = ParseDecimal(text, kPcrCount - 1);
  if (pcr && IsLatchPcr(*pcr)) return *pcr;
  throw Error(Reason::kNotSupported, "the PCR of --latch " + std::string(kLatchPcrProblem),
              "leave it out: PCR " + std::to_string(kDefaultLatchPcr) +
                  " is right on nearly every machine");
}

}  // namespace

LatchChoice ChooseLatch(const Options &options, std::uint32_t configured,
                        const std::optional<std::string> &in_initramfs) {
  LatchChoice choice;
  if (options.Has("latch") && options.Has("no-latch")) {
    throw Error(Reason::kNotSupported, "--latch does not go with --no-latch", "choose one");
  }
  if (const auto given = options.Get("latch")) {
    choice.pcr = given->empty() ? configured : ParseLatch(*given);
    if (*choice.pcr != configured) {
      choice.warning = {warning_id::kLatchDiffers,
                        "the configuration's latch-pcr is " + std::to_string(configured) +
                            ", so nothing extends PCR " + std::to_string(*choice.pcr) +
                            " unless the initramfs has another configuration"};
    }
  } else if (options.Has("no-latch")) {
    if (in_initramfs) choice.warning = NoLatchWarning(*in_initramfs);
  } else if (in_initramfs) {
    choice.pcr = configured;
    choice.note = "the initramfs opens this volume (" + *in_initramfs +
                  "), so the token is sealed to the latch, PCR " + std::to_string(configured) +
                  ", too; --no-latch is for a volume that has to open later as well";
  }
  return choice;
}

void SetLatch(SealRequest &request, const LatchChoice &choice, const Options &options) {
  if (!choice.pcr) return;
  const std::string name = "PCR " + std::to_string(*choice.pcr);
  if (request.pcrs && request.pcrs->Contains(*choice.pcr)) {
    throw Error(Reason::kNotSupported,
                name + " is chosen by --pcrs, and it is the latch, which is sealed at zero",
                "leave it out of --pcrs, or say --no-latch");
  }
  if (request.expected_pcrs.contains(*choice.pcr)) {
    throw Error(Reason::kNotSupported,
                "a value is given for " + name + ", which is the latch and sealed at zero",
                "leave it out of --pcr-values, or say --no-latch");
  }
  const std::string bank =
      request.pcrs ? request.pcrs->bank : options.Get("bank").value_or(std::string(kDefaultBank));
  (void)BankAlgorithm(bank);
  request.latch = LatchPcr{.bank = bank, .pcr = *choice.pcr};
}

Warning NoLatchWarning(const std::string &in_initramfs) {
  return {warning_id::kNoLatch,
          "the initramfs opens this volume (" + in_initramfs +
              "), and without the latch whoever puts another root volume in its place can read the "
              "key from that"};
}

}  // namespace tpm2_sealed
