// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/host/fips_wish.h"

#include <openssl/conf.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <strings.h>
#include <cstring>
#include <memory>
#include <string_view>

#include "lib/base/c_handle.h"
#include "token/host/system_file.h"

namespace tpm2_sealed {
namespace {

void FreeText(char *text) { OPENSSL_free(text); }

bool IsYes(const char *value) {
  constexpr const char *kYes[] = {"yes", "on", "true", "1"};  // see X509V3_get_value_bool()
  for (const char *yes : kYes) {
    if (::strcasecmp(value, yes) == 0) return true;
  }
  return false;
}

// See config(5ossl), "Algorithm Configuration Module".
bool ConfigurationDemandsFips(const CONF *configuration) {
  const char *start = NCONF_get_string(configuration, nullptr, "openssl_conf");
  if (start == nullptr) return false;
  const char *section = NCONF_get_string(configuration, start, "alg_section");
  if (section == nullptr) return false;
  const char *mode = NCONF_get_string(configuration, section, "fips_mode");
  if (mode != nullptr && IsYes(mode)) return true;
  const char *properties = NCONF_get_string(configuration, section, "default_properties");
  return properties != nullptr && std::strstr(properties, "fips=yes") != nullptr;
}

bool OpensslDemandsFips() {
  const std::unique_ptr<char, CallFree<FreeText>> path(CONF_get1_default_config_file());
  const CHandle<CONF, NCONF_free> configuration(NCONF_new(nullptr));
  const bool demands = path && configuration &&
                       NCONF_load(configuration.get(), path.get(), nullptr) == 1 &&
                       ConfigurationDemandsFips(configuration.get());
  // A configuration that cannot be read demands nothing, and its errors are not ours to report.
  ERR_clear_error();
  return demands;
}

}  // namespace

FipsWish FipsWishOfMachine() {
  const bool kernel = ReadSystemFile("/proc/sys/crypto/fips_enabled").starts_with('1');
  return kernel || OpensslDemandsFips() ? FipsWish::kPreferred : FipsWish::kNone;
}

const char *FipsNotice(Fips fips) {
  switch (fips) {
    case Fips::kNotAsked:
      return nullptr;
    case Fips::kProvider:
      return "this machine asks for FIPS: OpenSSL's FIPS provider is used, except for what it "
             "lacks, such as argon2id";
    case Fips::kNoProvider:
      break;
  }
  return "this machine asks for FIPS, but OpenSSL's FIPS provider cannot be loaded: the default "
         "provider is used";
}

}  // namespace tpm2_sealed
