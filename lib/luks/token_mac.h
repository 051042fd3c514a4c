// SPDX-License-Identifier: LGPL-2.1-or-later
// TokenMac: the token's field "mac". Whoever made it had the volume key; whoever can only write the
// disk cannot make one. It is made and checked where the volume key is in hand, and no open needs
// it. What it does not show: that the token is the newest. An older one, put back, has a valid one.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/bytes.h"
#include "lib/base/secret.h"
#include "lib/luks/volume.h"

namespace tpm2_sealed {

// What the mac covers, as one text: cryptsetup-tpm2-token(5), "MAC". Both are JSON as the header
// has it. Throws Error(kBadToken) if the token names a keyslot that the header does not have, or
// has something in a covered field that no token of this version can have.
std::string MacText(std::string_view token_json, std::string_view header_json);
Bytes MacOf(const SecretBytes &volume_key, std::string_view text);

// `json`, a token of the volume with its keyslots, with a fresh mac. Throws Error.
std::string WithMac(const Volume &volume, const SecretBytes &volume_key, std::string_view json);

// kWrong: the token or the salt of one of its keyslots was changed, or the volume key was.
enum class MacState { kValid, kMissing, kWrong };
MacState CheckMac(const Volume &volume, const SecretBytes &volume_key, std::string_view json);

}  // namespace tpm2_sealed
