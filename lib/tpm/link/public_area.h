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
  // `marshalled`: a TPM2B_PUBLIC and not one byte more. `what` names it in the message.
  // Throws Error(kBadToken).
  static PublicArea Parse(ByteView marshalled, const char *what);
  explicit PublicArea(const TPM2B_PUBLIC &area);
  // Without a move, which would leave one without an area.
  PublicArea(const PublicArea &) = default;
  PublicArea &operator=(const PublicArea &) = default;
  ~PublicArea() = default;

  // For lib/tpm, which knows the TSS.
  const TPMT_PUBLIC &operator*() const noexcept;
  const TPMT_PUBLIC *operator->() const noexcept { return &**this; }
  const TPM2B_PUBLIC &tpm2b() const noexcept { return *area_; }

  // The TPM2B_PUBLIC's bytes: equal for equal areas, so this is how two are compared.
  Bytes Marshalled() const;
  // The Name: nameAlg and the digest of the TPMT_PUBLIC (TPM 2.0 Part 1, section 16). Computed
  // here, never taken from an answer, since an answer can put any Name beside any area.
  Bytes Name() const;

  // The key itself; nothing if it is neither RSA nor ECC on a curve that this program names.
  std::optional<PublicNumbers> Numbers() const;

  bool Has(ObjectAttributes attributes) const noexcept;
  // Whether this program knows the hash of its Name.
  bool HasKnownName() const noexcept;

 private:
  std::shared_ptr<const TPM2B_PUBLIC> area_;  // never changed, so that copies may share it
};

// Fit to be a parent: a storage key that the TPM keeps, and that TPM2_Create and TPM2_Load
// authorise with its authValue, not with a policy.
bool IsStorageKey(const PublicArea &area);

// The name that tokens and options use for a TPM_ALG_ID of a hash ("sha256"); nullptr if unknown.
const char *HashName(std::uint16_t hash);

}  // namespace tpm2_sealed
