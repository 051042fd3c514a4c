// SPDX-License-Identifier: LGPL-2.1-or-later
// The TSS's types for headers that code outside lib/tpm includes: those must not include a tss2
// header. Code that calls the TSS includes esys.h.
#pragma once

#include <cstdint>

struct ESYS_CONTEXT;
struct TPM2B_PUBLIC;
struct TPML_PCR_SELECTION;
struct TPMT_PUBLIC;

namespace tpm2_sealed {

using TssCode = std::uint32_t;  // TSS2_RC; rc.h knows the values

// ESYS_TR, ESYS's own number of an object, a session or a hierarchy. It is not a handle of the TPM,
// though the TSS has one C type for both.
enum class EsysTr : std::uint32_t {
  kNone = 0xfff,
  kPassword = 0xff,  // in place of a session: the authValue crosses the bus in the clear
};

constexpr std::uint32_t Raw(EsysTr tr) { return static_cast<std::uint32_t>(tr); }

}  // namespace tpm2_sealed
