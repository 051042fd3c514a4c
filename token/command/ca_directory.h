// SPDX-License-Identifier: LGPL-2.1-or-later
// CaDirectory: reads the directory of --ek-ca.
#pragma once

#include <memory>
#include <string>

#include "lib/base/certificate_authorities.h"
#include "token/command/options.h"

namespace tpm2_sealed {

// Reads every file in `path` whose name ends in .pem, .crt, .cer, .der or .crl, but no
// subdirectories. Vendors' collections have damaged files in them, so a file that is not a
// certificate is reported and left out. Throws Error(kBadDevice) if something cannot be read,
// Error(kNotSupported) if there is no root certificate.
std::shared_ptr<const CertificateAuthorities> ReadCaDirectory(const Options &options,
                                                              const std::string &path);

}  // namespace tpm2_sealed
