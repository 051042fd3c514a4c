// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/sealed/recipe.h"

#include <algorithm>
#include <string_view>

#include "lib/base/crypto.h"
#include "lib/base/defaults.h"
#include "lib/base/utf8.h"
#include "lib/tpm/policy/pcr.h"

namespace tpm2_sealed {
namespace {

// Quotes a word for a POSIX shell. A word that needs no quotes is easier to read without them.
std::string Quoted(const std::string &word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+-";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

PcrSelection ChosenPcrs(const TokenRecord &record) {
  PcrSelection pcrs;
  if (!record.pcrs) return pcrs;
  pcrs.bank = record.pcrs->bank;
  for (const auto &[pcr, value] : record.pcrs->values) {
    if (pcr != record.latch) pcrs.mask |= 1u << pcr;
  }
  return pcrs;
}

bool IsAtLeastUsual(const PcrSelection &pcrs) {
  return pcrs.Contains(kDefaultPcr) && DigestSize(pcrs.bank) >= DigestSize(kDefaultBank);
}

// Returns DEVICE and --header as the command takes them.
std::string DeviceWords(const std::optional<TokenPlace> &place) {
  if (!place) return "DEVICE";
  // A file whose name begins with '-' would be taken for an option.
  const bool is_option = place->device.starts_with('-');
  std::string words = Quoted((is_option ? "./" : "") + place->device);
  if (!place->header.empty()) words += " --header " + Quoted(place->header);
  return words;
}

bool IsUsual(const PcrSelection &pcrs) {
  return pcrs.bank == kDefaultBank && pcrs.mask == 1u << kDefaultPcr;
}

}  // namespace

std::string EnrollOptions(const TokenRecord &record) {
  std::string options;
  const PcrSelection pcrs = ChosenPcrs(record);
  if (IsAtLeastUsual(pcrs) && !IsUsual(pcrs)) options += " --pcrs " + pcrs.Format();
  // No number is given: enroll takes the PCR from the configuration, and nothing extends another.
  if (record.latch) options += " --latch";
  if (record.pin) options += " --pin";
  if (record.ek_certificate) options += " --ek-ca DIRECTORY";
  // A label is left out if a terminal would not show it as it is, or if it would end the quotes
  // around the command: people paste the command.
  const bool shown = !record.label.empty() && Printable(record.label) == record.label &&
                     record.label.find('`') == std::string::npos;
  if (shown) options += " --label " + Quoted(record.label);
  return options;
}

std::string EnrollCommand(const TokenRecord &record, const std::optional<TokenPlace> &place) {
  const std::string text =
      "`cryptsetup-tpm2 enroll " + DeviceWords(place) + EnrollOptions(record) + "`";
  const PcrSelection pcrs = ChosenPcrs(record);
  if (IsAtLeastUsual(pcrs)) return text;
  return text + " (with --pcrs if " + (pcrs.mask == 0 ? "no PCRs" : pcrs.Format()) +
         ", which the token names, was your choice)";
}

std::string RemoveCommand(const TokenPlace &place) {
  return "`cryptsetup-tpm2 remove " + DeviceWords(place) + " --token " +
         std::to_string(place.token) + "`";
}

std::string ReplaceRecipe(const TokenRecord &record, const std::optional<TokenPlace> &place) {
  const std::string remove =
      place ? RemoveCommand(*place) : std::string("`cryptsetup-tpm2 remove DEVICE --token N`");
  return "if the change is yours, run " + EnrollCommand(record, place) + ", then " + remove;
}

std::string WithEnrollCommand(const std::string &hint, const TokenRecord &record,
                              const std::optional<TokenPlace> &place) {
  constexpr std::string_view kAgain = "enroll again";
  if (!hint.ends_with(kAgain)) return hint;
  return hint.substr(0, hint.size() - kAgain.size()) + "run " + EnrollCommand(record, place);
}

}  // namespace tpm2_sealed
