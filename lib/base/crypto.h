// SPDX-License-Identifier: LGPL-2.1-or-later
// Cryptography: hashes, key derivation, random bytes. Who else uses OpenSSL stands in
// tests/style/layers.
#pragma once

#include <optional>
#include <string_view>

#include "lib/base/bytes.h"
#include "lib/base/secret.h"

namespace tpm2_sealed {

// Returns the digest of `data`. `hash` is the name of a PCR bank: sha1, sha256, sha384, sha512,
// sm3_256. Throws Error(kNotSupported) if this OpenSSL does not have that hash.
Bytes Digest(std::string_view hash, ByteView data);
Bytes Sha256(ByteView data);

// Returns the size of a digest in bytes; nullopt if `hash` is not one of the five names above.
std::optional<std::size_t> DigestSize(std::string_view hash);

// HKDF with SHA-256 (RFC 5869), extract and expand. `out_size` at most 8160.
SecretBytes HkdfSha256(ByteView key, ByteView salt, std::string_view info, std::size_t out_size);

// HMAC with SHA-256 (RFC 2104).
Bytes HmacSha256(ByteView key, ByteView data);

// Returns bytes from the kernel's generator (getrandom(2)), so that the only secret that opens the
// volume does not depend on OpenSSL's generator too.
SecretBytes KernelRandom(std::size_t size);

}  // namespace tpm2_sealed
