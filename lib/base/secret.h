// SPDX-License-Identifier: LGPL-2.1-or-later
// SecretBytes, Wiped<T>: secrets that are wiped on every path and cannot be copied by accident.
#pragma once

#include <string.h>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

#include "lib/base/bytes.h"

namespace tpm2_sealed {

// A secret on pages of its own. They are locked against swapping if the limits allow it (a failure
// is ignored, as crypt_safe_alloc does), left out of core dumps, and wiped before they are
// unmapped.
class SecretBytes {
 public:
  SecretBytes() noexcept = default;
  // Allocates `size` zero bytes. Throws std::bad_alloc.
  explicit SecretBytes(std::size_t size);
  SecretBytes(SecretBytes &&other) noexcept { Swap(other); }
  SecretBytes &operator=(SecretBytes &&other) noexcept {
    Swap(other);
    return *this;
  }
  SecretBytes(const SecretBytes &) = delete;
  SecretBytes &operator=(const SecretBytes &) = delete;
  ~SecretBytes();

  static SecretBytes CopyOf(ByteView bytes);

  std::uint8_t *data() noexcept { return data_; }
  const std::uint8_t *data() const noexcept { return data_; }
  const char *chars() const noexcept { return reinterpret_cast<const char *>(data_); }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  ByteView view() const noexcept { return {data_, size_}; }
  // Wipes all but the first `size` bytes; does nothing if there are not more.
  void Truncate(std::size_t size) noexcept;

 private:
  void Swap(SecretBytes &other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(mapped_, other.mapped_);
  }

  std::uint8_t *data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t mapped_ = 0;
};

// Overwrites the stack below the caller, where the functions that it has called, other libraries'
// too, may have left parts of a secret.
void WipeStackBelow() noexcept;

// Returns whether both have the same bytes. The time does not depend on where they differ.
bool ConstantTimeEqual(ByteView a, ByteView b) noexcept;

// A plain structure on the stack that carries a secret for the length of one call.
template <typename T>
class Wiped {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Wiped() noexcept = default;
  Wiped(const Wiped &) = delete;
  Wiped &operator=(const Wiped &) = delete;
  ~Wiped() { explicit_bzero(&value_, sizeof value_); }
  T *operator->() noexcept { return &value_; }
  T &operator*() noexcept { return value_; }
  T *get() noexcept { return &value_; }

 private:
  T value_{};
};

}  // namespace tpm2_sealed
