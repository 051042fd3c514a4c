// SPDX-License-Identifier: LGPL-2.1-or-later
// CaDirectory: the directory of --ek-ca, read.
#pragma once

#include <memory>
#include <string>

#include "lib/base/certificate_authorities.h"
#include "token/command/options.h"

namespace tpm2_sealed {

// Every file in `path` whose name ends in .pem, .crt, .cer, .der or .crl; subdirectories are not
// looked into. Vendors' collections have damaged files in them, so one that is no certificate is
// reported and passed over. Throws Error(kBadDevice) if something cannot be read,
// Error(kNotSupported) if there is no root among them.
std::shared_ptr<const CertificateAuthorities> ReadCaDirectory(const Options &options,
                                                              const std::string &path);

}  // namespace tpm2_sealed
