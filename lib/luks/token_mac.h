// SPDX-License-Identifier: LGPL-2.1-or-later
// TokenMac: the token's field "mac". Only a person who had the volume key can make it; write access
// to the disk is not enough. It is made and checked by commands that have the volume key, and no
// open needs it. It does not show that the token is the newest: an older token that was put back
// has a valid MAC.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/bytes.h"
#include "lib/base/secret.h"
#include "lib/luks/volume.h"

namespace tpm2_sealed {

// Returns the text that the MAC covers: cryptsetup-tpm2-token(5), "MAC". Both arguments are JSON as
// the header has it. Throws Error(kBadToken) if the token names a keyslot that the header does not
// have, or if a covered field has a value that no token of this version can have.
std::string MacText(std::string_view token_json, std::string_view header_json);
// Returns 32 bytes: HMAC-SHA-256 with a key that HKDF derives from the volume key.
Bytes MacOf(const SecretBytes &volume_key, std::string_view text);

// Returns `json`, a token of the volume with its keyslots, with a new MAC. Throws Error.
std::string WithMac(const Volume &volume, const SecretBytes &volume_key, std::string_view json);

// kWrong: somebody changed the token, the salt of one of its keyslots, or the volume key.
enum class MacState { kValid, kMissing, kWrong };
MacState CheckMac(const Volume &volume, const SecretBytes &volume_key, std::string_view json);

}  // namespace tpm2_sealed
