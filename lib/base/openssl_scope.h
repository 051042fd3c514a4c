// SPDX-License-Identifier: LGPL-2.1-or-later
// OpensslScope: while it lives, this project's and libtss2's calls of OpenSSL in this thread use a
// library context of our own.
//
// The machine's openssl.cnf may load other providers, load none that has the needed algorithms,
// name a module that does not exist, or prefer a provider that itself talks to the TPM. A token
// must open its volume whatever that file says, so our context does not load it (OSSL_LIB_CTX(3):
// only the default context reads it). tests/integration/openssl-configuration.test shows this.
#pragma once

struct ossl_lib_ctx_st;

namespace tpm2_sealed {

// Whether the machine's configuration demands algorithms that are validated for FIPS 140.
enum class FipsWish { kNone, kPreferred };

// Whether that wish was granted. kProvider: the default provider adds the algorithms that OpenSSL's
// FIPS provider lacks.
enum class Fips { kNotAsked, kProvider, kNoProvider };

class OpensslScope {
 public:
  // All scopes of a process share one library context. The first scope makes it, and only that one
  // calls `wish`. Throws std::bad_alloc.
  explicit OpensslScope(FipsWish (*wish)());
  OpensslScope(const OpensslScope &) = delete;
  OpensslScope &operator=(const OpensslScope &) = delete;
  ~OpensslScope();

  Fips fips() const noexcept { return fips_; }

 private:
  Fips fips_;
  ossl_lib_ctx_st *previous_;
};

}  // namespace tpm2_sealed
