// SPDX-License-Identifier: LGPL-2.1-or-later
// PinSource: gets PINs from a terminal, a file or a descriptor; never from the command line or the
// environment.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "lib/action/unlock.h"
#include "lib/sealed/pin.h"
#include "token/command/options.h"

namespace tpm2_sealed {

// Returns whether --pin, --pin-file or --pin-fd is given. Throws Error(kNotSupported) for more than
// one.
bool HasPinOption(const Options &options);

// Returns a new PIN, with all that is derived from it at the cost that --pin-time and --pin-memory
// say. The PIN comes from --pin-file or --pin-fd, or is asked for, on a terminal twice, while the
// TPM is left to others. Without any of these options returns null, unless `ask` is kAlways.
// `at_least`: see PinCostRequest. Throws Error.
enum class Ask { kIfOption, kAlways };
std::shared_ptr<const NewPin> NewPinOf(const Options &options, Tpm &tpm, Ask ask,
                                       const std::optional<TokenRecord::Pin> &at_least = {});

// Returns the PIN of a token: from the options, or asked for with `prompt` while the TPM is left to
// others. Throws Error(kNeedPin) if there is no option and standard input is not a terminal.
SecretBytes PinOf(const Options &options, Tpm &tpm, const std::string &prompt);

// Returns the PIN of --old-pin-file or --old-pin-fd; nullopt without either.
std::optional<SecretBytes> OldPinOf(const Options &options);

}  // namespace tpm2_sealed
