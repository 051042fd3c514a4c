// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/base/openssl_scope.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <new>

#include "lib/base/c_handle.h"

namespace tpm2_sealed {
namespace {

struct Library {
  explicit Library(FipsWish wish);

  using Provider = CHandle<OSSL_PROVIDER, OSSL_PROVIDER_unload>;
  CHandle<OSSL_LIB_CTX, OSSL_LIB_CTX_free> context;
  Provider standard;
  Provider validated;
  Fips fips = Fips::kNotAsked;
};

Library::Library(FipsWish wish)
    : context(OSSL_LIB_CTX_new()),
      // It is loaded explicitly: OpenSSL drops the default provider that it loads implicitly as
      // soon as another provider is loaded.
      standard(context ? OSSL_PROVIDER_load(context.get(), "default") : nullptr) {
  if (!standard) throw std::bad_alloc();
  if (wish == FipsWish::kNone) return;
  validated.reset(OSSL_PROVIDER_load(context.get(), "fips"));
  const bool loaded = validated && EVP_set_default_properties(context.get(), "?fips=yes") == 1;
  // The next call of OpenSSL must not report the error of the missing provider.
  if (!loaded) ERR_clear_error();
  fips = loaded ? Fips::kProvider : Fips::kNoProvider;
}

// All scopes share one library context, since making one takes some 4 % of an open. OpenSSL was
// used before, so this is freed at the end of the process before OpenSSL's own atexit() handler
// runs.
const Library &TheLibrary(FipsWish (*wish)()) {
  static const Library library((*wish)());
  return library;
}

}  // namespace

OpensslScope::OpensslScope(FipsWish (*wish)())
    : fips_(TheLibrary(wish).fips),
      previous_(OSSL_LIB_CTX_set0_default(TheLibrary(wish).context.get())) {}

OpensslScope::~OpensslScope() { (void)OSSL_LIB_CTX_set0_default(previous_); }

}  // namespace tpm2_sealed
