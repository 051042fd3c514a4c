// SPDX-License-Identifier: LGPL-2.1-or-later
// PublicArea: the public part of a TPM object, as bytes and as a structure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "lib/base/bytes.h"
#include "lib/base/certificate.h"
#include "lib/tpm/link/object_attributes.h"
#include "lib/tpm/link/tss.h"

namespace tpm2_sealed {

// A complete, well-formed TPM2B_PUBLIC (TPM 2.0 Part 2, section 12.2.5).
class PublicArea {
 public:
  // `marshalled` must be exactly one TPM2B_PUBLIC. `what` names it in the message. Throws
  // Error(kBadToken).
  static PublicArea Parse(ByteView marshalled, const char *what);
  explicit PublicArea(const TPM2B_PUBLIC &area);
  // There is no move, which would leave an object without an area.
  PublicArea(const PublicArea &) = default;
  PublicArea &operator=(const PublicArea &) = default;
  ~PublicArea() = default;

  // These give access to the TSS's structures, for lib/tpm only.
  const TPMT_PUBLIC &operator*() const noexcept;
  const TPMT_PUBLIC *operator->() const noexcept { return &**this; }
  const TPM2B_PUBLIC &tpm2b() const noexcept { return *area_; }

  // Returns the bytes of the TPM2B_PUBLIC. Compare two areas by these: they are equal for equal
  // areas.
  Bytes Marshalled() const;
  // Computes the Name: nameAlg and the digest of the TPMT_PUBLIC (TPM 2.0 Part 1, section 16). The
  // Name in an answer is never used, since a forged answer can have any Name beside any area.
  Bytes Name() const;

  // Returns the key itself; nullopt if it is neither RSA nor ECC on P-256 or P-384.
  std::optional<PublicNumbers> Numbers() const;

  bool Has(ObjectAttributes attributes) const noexcept;
  // Returns whether this program knows the hash of its Name.
  bool HasKnownName() const noexcept;

 private:
  std::shared_ptr<const TPM2B_PUBLIC> area_;  // never changes, so copies share it
};

// Returns whether the key can be a parent: a storage key that never leaves the TPM, and whose
// authValue, not a policy, authorises TPM2_Create and TPM2_Load.
bool IsStorageKey(const PublicArea &area);

// Returns the name of a hash in tokens and options ("sha256"). `hash` is a TPM_ALG_ID. Returns
// nullptr if it is unknown.
const char *HashName(std::uint16_t hash);

}  // namespace tpm2_sealed
