// SPDX-License-Identifier: LGPL-2.1-or-later
// CreatePrimary: makes a primary key from a template, and reads what ESYS knows about a key.
#pragma once

#include <optional>
#include <variant>

#include "lib/base/bytes.h"
#include "lib/tpm/key/key_template.h"
#include "lib/tpm/link/context.h"
#include "lib/tpm/link/handle.h"
#include "lib/tpm/link/public_area.h"

namespace tpm2_sealed {

// Why a TPM refuses to make a key. Other failures are errors.
enum class CreateRefusal { kHierarchyPassword, kHierarchyDisabled, kNoSuchKeys };

// TPM2_CreatePrimary with an empty hierarchy authorization (Part 3, section 24.1).
std::variant<TransientObject, CreateRefusal> TryCreatePrimary(const Context &context,
                                                              const KeyTemplate &key_template);
// The same, but throws Error(kNotSupported), which names the hierarchy, if the TPM refuses.
TransientObject CreatePrimary(const Context &context, const KeyTemplate &key_template);
[[noreturn]] void ThrowRefusal(const KeyTemplate &key_template, CreateRefusal refusal);

// The parts of what Esys_TR_Serialize returned for a key.
struct EsysKeyRecord {
  Bytes handle;  // four bytes, big-endian
  Bytes name;
  PublicArea area;
};
// Returns nullopt if it is not the record of a key, or does not have the known layout.
std::optional<EsysKeyRecord> ParseEsysRecord(ByteView record);

// Returns the public area in ESYS's own record of `tr`, the same bytes that ESYS will encrypt a
// salt with. If the area were read with one command, and ESYS read it with another, an interposer
// could answer the two differently; and ESYS does not check the Name in an answer against the area.
// Returns nullopt as ParseEsysRecord does.
std::optional<PublicArea> AreaThatEsysUses(const Context &context, EsysTr tr);

// Esys_TR_Serialize, for Esys_TR_Deserialize in a later process.
Bytes SerializeTr(const Context &context, EsysTr tr);

}  // namespace tpm2_sealed
