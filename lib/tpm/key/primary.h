// SPDX-License-Identifier: LGPL-2.1-or-later
// Primary keys: finding, making and verifying the key that salts a session and the sealed object's
// parent.
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

// A key as a token remembers it.
struct PinnedKey {
  TemplateId template_id = TemplateId::kHandle;
  std::optional<std::uint32_t> handle;  // persistent; absent: TPM2_CreatePrimary at every open
  PublicArea area;
  Bytes esys;  // what a token has of Esys_TR_Serialize, or empty; never used
};

// A key that is usable in this connection: persistent, or transient and flushed by its owner here.
class LoadedKey {
 public:
  EsysTr tr() const noexcept { return tr_; }
  // Flushes a transient key now: every live object costs a resource manager two swaps a command.
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

// A key that may salt a session. Only this file's functions make one, after their checks: it was
// generated inside this TPM and cannot leave it (fixedTPM, fixedParent, sensitiveDataOrigin,
// restricted, decrypt), it is of sufficient strength, and its public area as ESYS will encrypt the
// salt with is the pinned one, byte for byte. The salt key is what the whole encryption hangs on: a
// thief who can name a key of his own, or an interposer who can answer with one, reads everything.
class SaltKey : public LoadedKey {
  friend class SaltKeyMaker;
  using LoadedKey::LoadedKey;
};

// The sealed object's parent. Its public area is the pinned one, so that nothing is authorised with
// somebody else's key: where that has a password and is subject to dictionary-attack protection,
// each attempt would cost the TPM's owner a try.
class ParentKey : public LoadedKey {
 public:
  // Whether a wrong authorization would cost one of the TPM's tries: it is somebody's persistent
  // key without noDA. Whether it has a password cannot be seen.
  bool is_protected() const noexcept { return is_protected_; }

 private:
  friend class ParentKeyMaker;
  using LoadedKey::LoadedKey;
  bool is_protected_ = false;
};

// Whether the public area says of a storage key that the TPM itself made it and never gives it
// away.
bool IsKeptByTpm(const PublicArea &area);
// Throws Error(kBadToken) unless the public area is one that a salt key may have. Needs no TPM.
void CheckSaltKeyArea(const PublicArea &area);

// The pinned salt key: at its handle, or made from its template if the handle is absent, empty or
// holds another key. Must come before any other key of this connection (see the comment in the .cc
// file). Throws Error(kWrongTpm) if this TPM does not have it.
SaltKey OpenSaltKey(const Context &context, const PinnedKey &pinned);

// The pinned parent at its handle; nothing if there is no handle, or anything else at it. One
// TPM2_ReadPublic.
std::optional<ParentKey> OpenParentAtHandle(const Context &context, const PinnedKey &pinned);
// The pinned parent made from its template, or nothing if it has none. Throws Error(kWrongTpm) if
// the TPM makes another key of it.
std::optional<ParentKey> CreateParent(const Context &context, const PinnedKey &pinned);
// Whether this TPM has the pinned parent: at its handle or made from its template. Throws
// Error(kWrongTpm) if the template gives another key.
bool IsParentThere(const Context &context, const PinnedKey &pinned);
// The parent that is the salt key itself.
ParentKey ParentFromSaltKey(const Context &context, const SaltKey &salt_key,
                            const PinnedKey &pinned);

// A persistent key as one TPM2_ReadPublic has shown it. One at a time for a handle, and none while
// a LoadedKey is there: the TSS before 4.0 forgets the handle for all of them when one goes.
class KeyAtHandle {
 public:
  // Returns nullopt if nothing is at the handle, or nothing that can be read.
  static std::optional<KeyAtHandle> Look(const Context &context, std::uint32_t handle);
  KeyAtHandle(KeyAtHandle &&other) noexcept
      : context_(other.context_),
        tr_(std::exchange(other.tr_, EsysTr::kNone)),
        area_(std::move(other.area_)) {}
  KeyAtHandle(const KeyAtHandle &) = delete;
  KeyAtHandle &operator=(const KeyAtHandle &) = delete;
  ~KeyAtHandle();

  const PublicArea &area() const noexcept { return area_; }
  // Whether the key takes no empty password, as a parent has to. Asked of keys with noDA alone
  // (false for others): there a refusal costs nothing. One command, which loads nothing.
  bool NeedsPassword() const;
  // Whether it is a primary of that hierarchy: by its qualified Name (Part 1, section 16), so that
  // no password is needed. The TPM's word, good for a label.
  bool IsPrimaryOf(Hierarchy hierarchy) const;

 private:
  KeyAtHandle(const Context &context, EsysTr tr, PublicArea area)
      : context_(&context), tr_(tr), area_(std::move(area)) {}

  const Context *context_;
  EsysTr tr_;
  PublicArea area_;
};

// What is at a persistent handle; nothing if it is empty. Closes the EsysTr again.
std::optional<PublicArea> ReadPublicAt(const Context &context, std::uint32_t handle);

}  // namespace tpm2_sealed
