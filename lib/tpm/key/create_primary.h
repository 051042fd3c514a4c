// SPDX-License-Identifier: LGPL-2.1-or-later
// CreatePrimary: a primary key made from a template, and what ESYS knows of a key.
#pragma once

#include <optional>
#include <variant>

#include "lib/base/bytes.h"
#include "lib/tpm/key/key_template.h"
#include "lib/tpm/link/context.h"
#include "lib/tpm/link/handle.h"
#include "lib/tpm/link/public_area.h"

namespace tpm2_sealed {

// Why a TPM does not make a key, where that is no accident.
enum class CreateRefusal { kHierarchyPassword, kHierarchyDisabled, kNoSuchKeys };

// TPM2_CreatePrimary with empty hierarchy authorization (Part 3, section 24.1).
std::variant<TransientObject, CreateRefusal> TryCreatePrimary(const Context &context,
                                                              const KeyTemplate &key_template);
// The same; a refusal is Error(kNotSupported), which names the hierarchy.
TransientObject CreatePrimary(const Context &context, const KeyTemplate &key_template);
[[noreturn]] void ThrowRefusal(const KeyTemplate &key_template, CreateRefusal refusal);

// What Esys_TR_Serialize gave for a key, taken apart.
struct EsysKeyRecord {
  Bytes handle;  // four bytes, big-endian
  Bytes name;
  PublicArea area;
};
// Nothing if it is no key's record, or not of the known layout.
std::optional<EsysKeyRecord> ParseEsysRecord(ByteView record);

// The public area in ESYS's own record of `tr`: the very bytes that it will encrypt a salt with.
// Reading the area with one command and letting ESYS read it with another was beaten by an
// interposer that answers the two differently; and the Name beside an answer is not checked against
// the area. Nothing if the record is no key's or not of the known layout.
std::optional<PublicArea> AreaThatEsysUses(const Context &context, EsysTr tr);

// Esys_TR_Serialize, for Esys_TR_Deserialize in a later process.
Bytes SerializeTr(const Context &context, EsysTr tr);

}  // namespace tpm2_sealed
