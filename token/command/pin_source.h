// SPDX-License-Identifier: LGPL-2.1-or-later
// PinSource: where the command gets PINs from: a terminal, a file, a descriptor; never the command
// line or the environment.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "lib/action/unlock.h"
#include "lib/sealed/pin.h"
#include "token/command/options.h"

namespace tpm2_sealed {

// Whether --pin, --pin-file or --pin-fd is given. Throws Error(kNotSupported) for more than one.
bool HasPinOption(const Options &options);

// The PIN for something new: --pin-file, --pin-fd, or asked for, on a terminal twice, while the TPM
// is left to others. With all that
// is derived from it, for the cost that --pin-time and --pin-memory say. Nothing without any of the
// options, unless `always`.
enum class Ask { kIfOption, kAlways };
std::shared_ptr<const NewPin> NewPinOf(const Options &options, Tpm &tpm, Ask ask,
                                       const std::optional<TokenRecord::Pin> &at_least = {});

// A PIN that exists: from the options, or asked for with `prompt`, while the TPM is left to others.
// Throws Error(kNeedPin) if there
// is no option and standard input is no terminal.
SecretBytes PinOf(const Options &options, Tpm &tpm, const std::string &prompt);

// --old-pin-file or --old-pin-fd; nothing without either.
std::optional<SecretBytes> OldPinOf(const Options &options);

}  // namespace tpm2_sealed
