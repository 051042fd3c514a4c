// SPDX-License-Identifier: LGPL-2.1-or-later
// Primary keys: finds, makes and verifies the key that salts a session and the parent of the sealed
// object.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "lib/base/bytes.h"
#include "lib/tpm/key/key_template.h"
#include "lib/tpm/link/context.h"
#include "lib/tpm/link/handle.h"
#include "lib/tpm/link/public_area.h"

namespace tpm2_sealed {

// A key as a token stores it.
struct PinnedKey {
  TemplateId template_id = TemplateId::kHandle;
  // Persistent; if absent, every open sends TPM2_CreatePrimary.
  std::optional<std::uint32_t> handle;
  PublicArea area;
  Bytes esys;  // from Esys_TR_Serialize, or empty; never used
};

// A key that is usable in this connection. It is persistent, or transient and then flushed here.
class LoadedKey {
 public:
  EsysTr tr() const noexcept { return tr_; }
  // Flushes a transient key now: a resource manager swaps every live object out and in at each
  // command.
  void Release() noexcept {
    if (transient_.tr() == EsysTr::kNone) return;
    transient_.Flush();
    tr_ = EsysTr::kNone;
  }
  bool is_released() const noexcept { return tr_ == EsysTr::kNone; }

 protected:
  LoadedKey(const Context &context, EsysTr persistent) : transient_(context), tr_(persistent) {}
  explicit LoadedKey(TransientObject transient)
      : transient_(std::move(transient)), tr_(transient_.tr()) {}

 private:
  TransientObject transient_;
  EsysTr tr_;
};

// A key that may salt a session. Only OpenSaltKey makes one, after it has checked three things: the
// key was generated inside this TPM and cannot leave it (fixedTPM, fixedParent,
// sensitiveDataOrigin, restricted, decrypt), it is strong enough, and the public area that ESYS
// will encrypt the salt with is the pinned one, byte for byte. The whole encryption depends on the
// salt key: a thief who can name a key of his own, or an interposer who can answer with one, reads
// everything.
class SaltKey : public LoadedKey {
  friend class SaltKeyMaker;
  using LoadedKey::LoadedKey;
};

// The parent of the sealed object. Its public area is the pinned one, so that no other person's key
// is authorised by mistake: if that had a password and were subject to dictionary-attack
// protection, each attempt would cost one of the TPM's tries.
class ParentKey : public LoadedKey {
 public:
  // Returns whether a wrong authorization would cost one of the TPM's tries: the key is persistent
  // and does not have noDA. Its public area does not show whether it has a password.
  bool is_protected() const noexcept { return is_protected_; }

 private:
  friend class ParentKeyMaker;
  using LoadedKey::LoadedKey;
  bool is_protected_ = false;
};

// Returns whether the public area is that of a storage key that the TPM itself made and never
// releases.
bool IsKeptByTpm(const PublicArea &area);
// Throws Error(kBadToken) unless a salt key may have this public area. Sends nothing to the TPM.
void CheckSaltKeyArea(const PublicArea &area);

// Opens the pinned salt key at its handle; makes it from its template if there is no handle, or not
// that key at it. Must be called before any other key of this connection is opened (see the comment
// in the .cc file). Throws Error(kWrongTpm) if this TPM does not have the key.
SaltKey OpenSaltKey(const Context &context, const PinnedKey &pinned);

// Opens the pinned parent at its handle; returns nullopt if there is no handle, or not that key at
// it. Sends one TPM2_ReadPublic.
std::optional<ParentKey> OpenParentAtHandle(const Context &context, const PinnedKey &pinned);
// Makes the pinned parent from its template; returns nullopt if no template is known. Throws
// Error(kWrongTpm) if the TPM makes another key from it.
std::optional<ParentKey> CreateParent(const Context &context, const PinnedKey &pinned);
// Returns whether this TPM has the pinned parent at its handle, or can make it from its template.
// Throws Error(kWrongTpm) if the template makes another key.
bool IsParentThere(const Context &context, const PinnedKey &pinned);
// Returns the parent for a token whose parent is the salt key itself.
ParentKey ParentFromSaltKey(const Context &context, const SaltKey &salt_key,
                            const PinnedKey &pinned);

// A persistent key, read with one TPM2_ReadPublic. Only one may exist for a handle at a time, and
// none while a LoadedKey exists: in the TSS before 4.0, closing one of them makes the others
// unusable.
class KeyAtHandle {
 public:
  // Returns nullopt if there is nothing at the handle, or it cannot be read.
  static std::optional<KeyAtHandle> Look(const Context &context, std::uint32_t handle);
  KeyAtHandle(KeyAtHandle &&other) noexcept
      : context_(other.context_),
        tr_(std::exchange(other.tr_, EsysTr::kNone)),
        area_(std::move(other.area_)) {}
  KeyAtHandle(const KeyAtHandle &) = delete;
  KeyAtHandle &operator=(const KeyAtHandle &) = delete;
  ~KeyAtHandle();

  const PublicArea &area() const noexcept { return area_; }
  // Returns whether the key refuses the empty password, which a parent must accept. Only keys with
  // noDA are tried, since a refusal costs no try there; the others give false. Sends one TPM2_Load,
  // which loads nothing.
  bool NeedsPassword() const;
  // Returns whether the key is a primary of that hierarchy. Its qualified Name (Part 1, section 16)
  // shows that without a password. The TPM's answer is not proved, so it is good enough for a label
  // only.
  bool IsPrimaryOf(Hierarchy hierarchy) const;

 private:
  KeyAtHandle(const Context &context, EsysTr tr, PublicArea area)
      : context_(&context), tr_(tr), area_(std::move(area)) {}

  const Context *context_;
  EsysTr tr_;
  PublicArea area_;
};

// Returns the public area of the object at a persistent handle; nullopt if there is none.
std::optional<PublicArea> ReadPublicAt(const Context &context, std::uint32_t handle);

}  // namespace tpm2_sealed
