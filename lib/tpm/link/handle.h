// SPDX-License-Identifier: LGPL-2.1-or-later
// Handles: an owner for objects and sessions that have to be flushed, and the range of persistent
// handles.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "lib/tpm/link/context.h"
#include "lib/tpm/link/stray.h"

namespace tpm2_sealed {

// An object or session that exists in the TPM until it is flushed. The destructor flushes it; a
// failure there is ignored, since nobody could act on it. The Context must outlive it.
class TransientObject {
 public:
  explicit TransientObject(const Context &context) noexcept : context_(&context) {}
  TransientObject(TransientObject &&other) noexcept
      : context_(other.context_), tr_(std::exchange(other.tr_, Raw(EsysTr::kNone))) {}
  TransientObject &operator=(TransientObject &&other) noexcept {
    std::swap(context_, other.context_);
    std::swap(tr_, other.tr_);
    return *this;
  }
  TransientObject(const TransientObject &) = delete;
  TransientObject &operator=(const TransientObject &) = delete;
  ~TransientObject() {
    // What has nothing to flush may outlive its Context, as what was moved from may.
    if (tr_ != Raw(EsysTr::kNone) && context_->must_flush()) Flush();
  }

  EsysTr tr() const noexcept { return EsysTr{tr_}; }
  // Returns where the call that creates it stores its ESYS_TR.
  std::uint32_t *out() noexcept { return &tr_; }
  // Call this after the TPM has flushed it by itself (a session without continueSession after
  // success).
  void Forget() noexcept { tr_ = Raw(EsysTr::kNone); }
  void Flush() noexcept {
    const EsysTr flushed{std::exchange(tr_, Raw(EsysTr::kNone))};
    if (flushed != EsysTr::kNone) FlushHandle(*context_, flushed);
  }

 private:
  const Context *context_;
  std::uint32_t tr_ = Raw(EsysTr::kNone);
};

// TPM 2.0 Part 2, section 7.2: persistent objects. A token or an option may name no other handle,
// since that could be a session or a PCR.
inline constexpr std::uint32_t kPersistentFirst = 0x81000000;
inline constexpr std::uint32_t kPersistentLast = 0x81ffffff;

constexpr bool IsPersistentHandle(std::uint32_t handle) {
  return handle >= kPersistentFirst && handle <= kPersistentLast;
}

}  // namespace tpm2_sealed
