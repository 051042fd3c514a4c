// SPDX-License-Identifier: LGPL-2.1-or-later
// Cryptography: hashes, key derivation, random bytes. OpenSSL is used here and in certificate*.
#pragma once

#include <optional>
#include <string_view>

#include "lib/base/bytes.h"
#include "lib/base/secret.h"

namespace tpm2_sealed {

// Digest of `data` by the hash of that name as PCR banks are named: sha1, sha256, sha384, sha512,
// sm3_256. Throws Error(kNotSupported) if this OpenSSL does not have it.
Bytes Digest(std::string_view hash, ByteView data);
Bytes Sha256(ByteView data);

// Bytes that a digest of that hash has; nothing for a name that is none of the five above.
std::optional<std::size_t> DigestSize(std::string_view hash);

// HKDF with SHA-256 (RFC 5869), extract and expand. `out_size` at most 8160.
SecretBytes HkdfSha256(ByteView key, ByteView salt, std::string_view info, std::size_t out_size);

// HMAC with SHA-256 (RFC 2104).
Bytes HmacSha256(ByteView key, ByteView data);

// From the kernel's generator (getrandom), not from OpenSSL's: one generator less to trust with
// the only secret that opens the volume.
SecretBytes KernelRandom(std::size_t size);

}  // namespace tpm2_sealed
