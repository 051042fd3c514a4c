// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/base/secret.h"

#include <sys/mman.h>
#include <unistd.h>
#include <algorithm>
#include <new>

namespace tpm2_sealed {

SecretBytes::SecretBytes(std::size_t size) {
  if (size == 0) return;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t mapped = (size + page - 1) / page * page;
  if (mapped < size) throw std::bad_alloc();
  void *pages = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  // RLIMIT_MEMLOCK may be small; an unlocked secret still opens the volume.
  (void)::mlock(pages, mapped);
  (void)::madvise(pages, mapped, MADV_DONTDUMP);
  data_ = static_cast<std::uint8_t *>(pages);
  size_ = size;
  mapped_ = mapped;
}

SecretBytes::~SecretBytes() {
  if (data_ == nullptr) return;
  explicit_bzero(data_, mapped_);
  (void)::munmap(data_, mapped_);
}

SecretBytes SecretBytes::CopyOf(ByteView bytes) {
  SecretBytes copy(bytes.size());
  std::copy(bytes.begin(), bytes.end(), copy.data_);
  return copy;
}

void SecretBytes::Truncate(std::size_t size) noexcept {
  if (size >= size_) return;
  explicit_bzero(data_ + size, size_ - size);
  size_ = size;
}

[[gnu::noinline]] void WipeStackBelow() noexcept {
  // libargon2 has blocks of 1 KiB. No function of libargon2, libcrypto or tpm2-tss needs ten KiB.
  constexpr std::size_t kBelow = 64 * 1024;
  std::uint8_t below[kBelow];
  explicit_bzero(below, sizeof below);
}

bool ConstantTimeEqual(ByteView a, ByteView b) noexcept {
  if (a.size() != b.size()) return false;
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

}  // namespace tpm2_sealed
