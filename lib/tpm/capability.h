// SPDX-License-Identifier: LGPL-2.1-or-later
// Capability: what a TPM says about itself, and what it holds.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/tpm/key/key_template.h"
#include "lib/tpm/link/context.h"

namespace tpm2_sealed {

// What the TPM says it is: TPM2_GetCapability(TPM_CAP_TPM_PROPERTIES), Part 2, section 6.13.
struct TpmIdentity {
  std::string manufacturer;  // four characters at most: "IFX", "INTC"
  std::string vendor;        // the vendor's own text
  std::string firmware;      // "7.85.4555.0"
};
TpmIdentity ReadIdentity(const Context &context);

// A guess, with its reason, whether the TPM is a chip of its own on a bus, a part of the processor
// or firmware, or a program. There is no reliable way to tell, so no protection depends on it.
struct KindGuess {
  const char *guess;  // "discrete", "firmware", "virtual", "unknown"
  std::string reason;
};
KindGuess GuessKind(std::string_view manufacturer);

// Returns a TPM_PT of TPM2_GetCapability; nullopt if the TPM does not have it.
std::optional<std::uint32_t> TpmProperty(const Context &context, std::uint32_t property);
// Returns the TPM_PTs from `first` to `last`. They come in one answer, so they are all of the same
// moment.
std::map<std::uint32_t, std::uint32_t> TpmProperties(const Context &context, std::uint32_t first,
                                                     std::uint32_t last);
// Returns the handles from `first` on that have its type, as many as one answer holds.
std::vector<std::uint32_t> TpmHandles(const Context &context, std::uint32_t first);

// Returns how many more persistent objects the TPM has room for at least
// (TPM_PT_HR_PERSISTENT_AVAIL).
std::uint32_t PersistentFree(const Context &context);

// A persistent key, at the handle of its template or another.
struct PersistentKey {
  std::string_view template_name;  // "handle" if no known template makes the key
  std::uint32_t handle = 0;
  Bytes name;
  std::optional<std::uint32_t> certificate;  // NV index of its EK certificate, if there is one
};
struct PersistentKeys {
  std::vector<PersistentKey> ek;
  std::vector<PersistentKey> srk;
};
// Lists a key as an EK only if it is a primary of the endorsement hierarchy: a key of the owner
// hierarchy can look like one. Other keys that can be parents are listed as SRKs with the template
// "handle".
PersistentKeys FindPersistentKeys(const Context &context);

}  // namespace tpm2_sealed
