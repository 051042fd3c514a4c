// SPDX-License-Identifier: LGPL-2.1-or-later
// Guard: no exception leaves the plugin. One place turns them into a log line and an errno. And the
// TSS is quiet before anything calls it, and OpenSSL is independent of the machine's configuration.
#pragma once

#include <libcryptsetup.h>
#include <cerrno>
#include <exception>
#include <new>
#include <string>

#include "lib/base/error.h"
#include "lib/base/openssl_scope.h"
#include "lib/base/utf8.h"
#include "token/host/fips_wish.h"
#include "token/host/reason_table.h"
#include "token/host/tss_log.h"

namespace tpm2_sealed {

// Says once in a process where the algorithms come from, if the machine asks for FIPS.
inline void SayFips(crypt_device *device, Fips fips) {
  static bool said = false;
  const char *notice = FipsNotice(fips);
  if (notice == nullptr || said) return;
  said = true;
  crypt_log(device, fips == Fips::kProvider ? CRYPT_LOG_VERBOSE : CRYPT_LOG_ERROR,
            (std::string("tpm2-sealed: ") + notice + "\n").c_str());
}

// Runs `body`, which writes its outputs last. 0, or the errno for libcryptsetup. `level_of` gives
// the CRYPT_LOG_ level that an Error is worth.
template <typename Body, typename LevelOf>
int Guard(crypt_device *device, Body &&body, LevelOf &&level_of) noexcept {
  try {
    QuietTss();
    const OpensslScope openssl(FipsWishOfMachine);
    SayFips(device, openssl.fips());
    body();
    return 0;
  } catch (const Error &error) {
    try {
      crypt_log(device, level_of(error),
                ("tpm2-sealed: " + Printable(error.Sentence()) + "\n").c_str());
    } catch (const std::bad_alloc &) {
      return -ENOMEM;
    }
    return RowOf(error.reason()).token_errno;
  } catch (const std::bad_alloc &) {
    // The host says nothing without -v, and tries no other token then.
    crypt_log(device, CRYPT_LOG_ERROR, "tpm2-sealed: no memory is left\n");
    return -ENOMEM;
  } catch (...) {
    crypt_log(device, CRYPT_LOG_ERROR, "tpm2-sealed: internal error\n");
    return -ENOENT;
  }
}

// For errors that always concern the user.
template <typename Body>
int Guard(crypt_device *device, Body &&body) noexcept {
  return Guard(device, body, [](const Error &) { return CRYPT_LOG_ERROR; });
}

}  // namespace tpm2_sealed
