// SPDX-License-Identifier: LGPL-2.1-or-later
// Handles: what has to be flushed, by whom, and which numbers are persistent.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "lib/tpm/link/context.h"
#include "lib/tpm/link/stray.h"

namespace tpm2_sealed {

// An object or session that exists in the TPM only until it is flushed. Flushes once, in its
// destructor; a failure there says nothing, since there is nobody left to act on it. The Context
// must outlive it.
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
  // For the call that creates it.
  std::uint32_t *out() noexcept { return &tr_; }
  // The TPM has flushed it by itself (a session without continueSession after success).
  void Forget() noexcept { tr_ = Raw(EsysTr::kNone); }
  void Flush() noexcept {
    const EsysTr flushed{std::exchange(tr_, Raw(EsysTr::kNone))};
    if (flushed != EsysTr::kNone) FlushHandle(*context_, flushed);
  }

 private:
  const Context *context_;
  std::uint32_t tr_ = Raw(EsysTr::kNone);
};

// TPM 2.0 Part 2, section 7.2: persistent objects. Only these are taken from a token or an option:
// a session or a PCR under that number would be something else entirely.
inline constexpr std::uint32_t kPersistentFirst = 0x81000000;
inline constexpr std::uint32_t kPersistentLast = 0x81ffffff;

constexpr bool IsPersistentHandle(std::uint32_t handle) {
  return handle >= kPersistentFirst && handle <= kPersistentLast;
}

}  // namespace tpm2_sealed
