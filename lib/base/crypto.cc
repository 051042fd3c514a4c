// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/base/crypto.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <sys/random.h>
#include <array>
#include <cerrno>
#include <string>

#include "lib/base/c_handle.h"
#include "lib/base/error.h"

namespace tpm2_sealed {
namespace {

struct HashName {
  std::string_view name;
  const char *openssl;
  std::size_t size;
};

// TPM 2.0 Part 2, section 6.3 (TPM_ALG_ID): the hash algorithms that a PCR bank can have.
constexpr std::array<HashName, 5> kHashes = {{
    {"sha1", "SHA1", 20},
    {"sha256", "SHA256", 32},
    {"sha384", "SHA384", 48},
    {"sha512", "SHA512", 64},
    {"sm3_256", "SM3", 32},
}};

const HashName *FindHash(std::string_view name) {
  for (const HashName &hash : kHashes) {
    if (hash.name == name) return &hash;
  }
  return nullptr;
}

constexpr std::array<std::uint8_t, 1> kZero = {};
constexpr ByteView kNothing(kZero.data(), 0);

// OSSL_PARAM has no const pointers, but EVP_KDF_derive does not write through them (OSSL_PARAM(3)).
void *Unconst(const void *data) { return const_cast<void *>(data); }

}  // namespace

std::optional<std::size_t> DigestSize(std::string_view hash) {
  const HashName *found = FindHash(hash);
  return found == nullptr ? std::nullopt : std::optional(found->size);
}

Bytes Digest(std::string_view hash, ByteView data) {
  const HashName *found = FindHash(hash);
  Bytes digest(EVP_MAX_MD_SIZE);
  std::size_t size = 0;
  if (found == nullptr || EVP_Q_digest(nullptr, found->openssl, nullptr, data.data(), data.size(),
                                       digest.data(), &size) != 1) {
    throw Error(Reason::kNotSupported,
                "the hash " + std::string(hash) + " is not available in OpenSSL");
  }
  digest.resize(size);
  return digest;
}

Bytes Sha256(ByteView data) { return Digest("sha256", data); }

SecretBytes HkdfSha256(ByteView key, ByteView salt, std::string_view info, std::size_t out_size) {
  // Extract and expand are separate calls (RFC 5869): OpenSSL's HKDF regards the salt as public and
  // frees its copy without wiping it, and one of our salts is a secret. OpenSSL wipes the key of an
  // HMAC.
  constexpr std::size_t kHashSize = 32;
  SecretBytes extracted(kHashSize);
  std::size_t size = 0;
  // OpenSSL takes a null pointer for a missing parameter, even if the size is zero.
  if (salt.empty()) salt = kNothing;
  if (info.empty()) info = std::string_view("", 0);
  CHandle<EVP_KDF, EVP_KDF_free> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  CHandle<EVP_KDF_CTX, EVP_KDF_CTX_free> context(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
  int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
  const std::array<OSSL_PARAM, 5> params = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
                                       static_cast<char *>(Unconst("SHA256")), 0),
      OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, extracted.data(), extracted.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, Unconst(info.data()), info.size()),
      OSSL_PARAM_construct_end(),
  };
  SecretBytes out(out_size);
  if (EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, salt.data(), salt.size(), key.data(),
                key.size(), extracted.data(), extracted.size(), &size) == nullptr ||
      size != kHashSize || !context ||
      EVP_KDF_derive(context.get(), out.data(), out.size(), params.data()) != 1) {
    throw Error(Reason::kInternal, "OpenSSL could not compute HKDF-SHA256");
  }
  return out;
}

Bytes HmacSha256(ByteView key, ByteView data) {
  constexpr std::size_t kHashSize = 32;
  Bytes out(kHashSize);
  std::size_t size = 0;
  if (key.empty()) key = kNothing;
  if (data.empty()) data = kNothing;
  if (EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(), data.data(),
                data.size(), out.data(), out.size(), &size) == nullptr ||
      size != kHashSize) {
    throw Error(Reason::kInternal, "OpenSSL could not compute HMAC-SHA256");
  }
  return out;
}

SecretBytes KernelRandom(std::size_t size) {
  SecretBytes out(size);
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::getrandom(out.data() + done, size - done, 0);
    if (got < 0 && errno != EINTR) {
      throw Error(Reason::kInternal, "the kernel's random generator failed");
    }
    if (got > 0) done += static_cast<std::size_t>(got);
  }
  return out;
}

}  // namespace tpm2_sealed
