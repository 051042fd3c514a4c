// SPDX-License-Identifier: LGPL-2.1-or-later
// Recipe: the commands that put a new token in the place of one whose PCRs have changed, with that
// token's own options, so that following them loses neither PCRs nor PIN, latch or label.
#pragma once

#include <optional>
#include <string>

#include "lib/format/token_record.h"

namespace tpm2_sealed {

// Where a token stands, as commands name it.
struct TokenPlace {
  std::string device;
  std::string header;  // detached header, or empty
  int token = -1;
};

// The options of `enroll` that give a token the record's PCRs, latch, PIN and label, each with a
// blank in front; without those that enroll has by itself. A header may be forged, so only options
// that demand more than enroll does by itself are among them: PCRs without PCR 7, or in a bank that
// is weaker than SHA-256, are left out.
std::string EnrollOptions(const TokenRecord &record);

// "`cryptsetup-tpm2 enroll /dev/sda2 --pcrs sha256:0+7 --pin`", and what these options leave out.
// Without `place` DEVICE stands for the device.
std::string EnrollCommand(const TokenRecord &record, const std::optional<TokenPlace> &place);

// "`cryptsetup-tpm2 remove /dev/sda2 --token 0`".
std::string RemoveCommand(const TokenPlace &place);

// The way out of changed PCRs, for the end of a sentence.
std::string ReplaceRecipe(const TokenRecord &record, const std::optional<TokenPlace> &place);

// `hint`, whose end "enroll again" becomes the command for that; any other hint as it is.
std::string WithEnrollCommand(const std::string &hint, const TokenRecord &record,
                              const std::optional<TokenPlace> &place);

}  // namespace tpm2_sealed
