// SPDX-License-Identifier: LGPL-2.1-or-later
// ESYS for the .cc files of lib/tpm: its header, and owners for what it allocates. A header that
// code outside lib/tpm includes must not include this one (tests/style/layers).
#pragma once

#include <tss2/tss2_esys.h>
#include <memory>
#include <type_traits>

#include "lib/base/c_handle.h"
#include "lib/tpm/link/tss.h"

namespace tpm2_sealed {

static_assert(Raw(EsysTr::kNone) == ESYS_TR_NONE && Raw(EsysTr::kPassword) == ESYS_TR_PASSWORD);
static_assert(std::is_same_v<TssCode, TSS2_RC> && std::is_same_v<std::uint32_t, ESYS_TR>);

struct EsysFree {
  void operator()(void *memory) const noexcept { Esys_Free(memory); }
};
// Owns what ESYS allocates for an out-parameter; OutPtr (c_handle.h) passes it to the call.
template <typename T>
using EsysPtr = std::unique_ptr<T, EsysFree>;

}  // namespace tpm2_sealed
