// SPDX-License-Identifier: LGPL-2.1-or-later
// Warning: something that works, but that the admin should know.
#pragma once

#include <string>

namespace tpm2_sealed {

struct Warning {
  std::string id;  // for scripts; never changes
  std::string message;
};

}  // namespace tpm2_sealed
