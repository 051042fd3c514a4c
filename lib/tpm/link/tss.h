// SPDX-License-Identifier: LGPL-2.1-or-later
// The TSS's types, as headers show them that others than lib/tpm include: they must not show a tss2
// header. What talks to the TSS includes esys.h.
#pragma once

#include <cstdint>

struct ESYS_CONTEXT;
struct TPM2B_PUBLIC;
struct TPML_PCR_SELECTION;
struct TPMT_PUBLIC;

namespace tpm2_sealed {

using TssCode = std::uint32_t;  // TSS2_RC; rc.h knows what they mean

// ESYS's own number of an object, a session or a hierarchy: ESYS_TR. No handle of the TPM, though
// the TSS has one C type for both.
enum class EsysTr : std::uint32_t {
  kNone = 0xfff,
  kPassword = 0xff,  // in a session's place: the authValue in the clear
};

constexpr std::uint32_t Raw(EsysTr tr) { return static_cast<std::uint32_t>(tr); }

}  // namespace tpm2_sealed
