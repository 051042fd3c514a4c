// SPDX-License-Identifier: LGPL-2.1-or-later
// Recipe: the commands that put a new token in the place of one whose PCRs have changed, with that
// token's own options, so that the new token keeps its PCRs, PIN, latch and label.
#pragma once

#include <optional>
#include <string>

#include "lib/format/token_record.h"

namespace tpm2_sealed {

// Where a token is, as commands name it.
struct TokenPlace {
  std::string device;
  std::string header;  // detached header, or empty
  int token = -1;
};

// Returns the options of `enroll` that give a token the record's PCRs, latch, PIN and label, each
// with a blank in front. Options that enroll chooses by itself are left out. A header may be
// forged, so options that demand less than enroll does by itself are left out, too: PCRs without
// PCR 7, or in a bank that is weaker than SHA-256.
std::string EnrollOptions(const TokenRecord &record);

// Returns "`cryptsetup-tpm2 enroll /dev/sda2 --pcrs sha256:0+7 --pin`", and says what these options
// leave out. Without `place` the word DEVICE stands for the device.
std::string EnrollCommand(const TokenRecord &record, const std::optional<TokenPlace> &place);

// Returns "`cryptsetup-tpm2 remove /dev/sda2 --token 0`".
std::string RemoveCommand(const TokenPlace &place);

// Says what to do after PCRs have changed, in words that end a sentence.
std::string ReplaceRecipe(const TokenRecord &record, const std::optional<TokenPlace> &place);

// Returns `hint` with an "enroll again" at its end replaced by the command for that. Any other hint
// is returned as it is.
std::string WithEnrollCommand(const std::string &hint, const TokenRecord &record,
                              const std::optional<TokenPlace> &place);

}  // namespace tpm2_sealed
