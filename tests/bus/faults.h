// SPDX-License-Identifier: LGPL-2.1-or-later
// Faults: answers that are damaged on their way.
#pragma once

#include "tests/bus/rules.h"

namespace tpm2_sealed::test {

// The answer after a deed of that kind (rules.h); the answer itself for every other deed.
Bytes Damage(const Rule &rule, Bytes answer);

}  // namespace tpm2_sealed::test
