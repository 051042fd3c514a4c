// SPDX-License-Identifier: LGPL-2.1-or-later
// OpensslScope: while it lives, OpenSSL in this thread has a library context of its own, for this
// project's calls and for those of libtss2.
//
// The machine's openssl.cnf may load other providers, load none that has what is needed, name a
// module that is not there, or prefer a provider that itself talks to the TPM. A volume that a
// passphrase opens must open by its token as well, so nothing of that file is loaded here
// (OSSL_LIB_CTX(3): only the default context reads it). Shown by
// tests/integration/openssl-configuration.test.
#pragma once

struct ossl_lib_ctx_st;

namespace tpm2_sealed {

// Whether the machine's configuration demands algorithms that are validated for FIPS 140.
enum class FipsWish { kNone, kPreferred };

// What came of that wish. kProvider: what OpenSSL's FIPS provider lacks comes from the default one.
enum class Fips { kNotAsked, kProvider, kNoProvider };

class OpensslScope {
 public:
  // All scopes of a process share one library context, which the first of them makes. It alone
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
