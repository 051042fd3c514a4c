// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/base/argon2.h"

#include <argon2.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <string>

#include "lib/base/error.h"

namespace tpm2_sealed {
namespace {

std::uint64_t PhysicalMemoryKib() {
  const auto pages = static_cast<std::uint64_t>(std::max(::sysconf(_SC_PHYS_PAGES), 0L));
  const auto page = static_cast<std::uint64_t>(std::max(::sysconf(_SC_PAGESIZE), 0L));
  return pages * page / 1024;
}

std::string Describe(const Argon2Cost &cost) {
  return std::to_string(cost.memory_kib) + " KiB of memory and " + std::to_string(cost.iterations) +
         " iterations";
}

[[noreturn]] void Refuse(const Argon2Cost &cost, const std::string &problem) {
  throw Error(Reason::kBadToken,
              "the token asks for argon2id with " + Describe(cost) + ", " + problem,
              "the token may have been altered: use another passphrase, then enroll again");
}

[[noreturn]] void ThrowNoMemory(const Argon2Cost &cost) {
  throw Error(Reason::kNoMemory,
              "the " + std::to_string(cost.memory_kib) +
                  " KiB of memory that argon2id needs for the token's PIN cannot be allocated now",
              "use another passphrase, or free memory and lift limits (ulimit, MemoryMax) first");
}

// Returns this thread's processor time, which does not include waiting for a processor.
std::uint64_t ThreadMicroseconds() {
  timespec now{};
  (void)::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

}  // namespace

void CheckArgon2Cost(const Argon2Cost &cost, std::uint32_t floor_kib) {
  if (cost.memory_kib < floor_kib || cost.iterations < kArgon2MinIterations) {
    Refuse(cost, "which makes guessing a PIN too cheap: it needs at least " +
                     std::to_string(floor_kib) + " KiB and " +
                     std::to_string(kArgon2MinIterations) + " iterations");
  }
  if (cost.memory_kib > kArgon2MaxMemoryKib) {
    Refuse(cost, "more memory than the " + std::to_string(kArgon2MaxMemoryKib) +
                     " KiB that enroll may choose");
  }
  if (std::uint64_t{cost.memory_kib} * cost.iterations > kArgon2MaxWorkKib) {
    Refuse(cost, "more work than enroll may choose");
  }
  if (cost.memory_kib > Argon2UsableMemoryKib()) {
    throw Error(Reason::kNotSupported,
                "the token's PIN needs argon2id with " + std::to_string(cost.memory_kib) +
                    " KiB of memory, and this machine has " + std::to_string(PhysicalMemoryKib()) +
                    " KiB, of which argon2id may use at most " +
                    std::to_string(Argon2UsableMemoryKib()) +
                    " KiB: the token was made on a machine with more memory",
                "use another passphrase, or give the machine as much memory as it had; enroll "
                "makes a token with a cost that fits");
  }
}

void CheckArgon2Memory(const Argon2Cost &cost) {
  const std::size_t size = std::size_t{cost.memory_kib} * 1024;
  void *memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) ThrowNoMemory(cost);
  (void)::munmap(memory, size);
}

SecretBytes Argon2id(ByteView password, ByteView salt, const Argon2Cost &cost, std::size_t size) {
  SecretBytes out(size);
  const int code =
      ::argon2id_hash_raw(cost.iterations, cost.memory_kib, 1, password.data(), password.size(),
                          salt.data(), salt.size(), out.data(), out.size());
  if (code == ARGON2_MEMORY_ALLOCATION_ERROR) ThrowNoMemory(cost);
  if (code != ARGON2_OK) {
    throw Error(Reason::kInternal,
                "argon2id failed (" + std::string(::argon2_error_message(code)) + ")");
  }
  return out;
}

std::uint32_t Argon2SpareMemoryKib() {
  constexpr std::uint64_t kMost = 1024 * 1024;
  return static_cast<std::uint32_t>(std::min(kMost, PhysicalMemoryKib() / 2));
}

std::uint32_t Argon2MostMemoryKib() {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(kArgon2MaxMemoryKib, PhysicalMemoryKib() / 2));
}

std::uint64_t Argon2UsableMemoryKib() { return PhysicalMemoryKib() / 16 * 9; }

Argon2Cost ChooseArgon2Cost(std::chrono::milliseconds time, std::uint32_t max_memory_kib,
                            std::uint32_t floor_kib) {
  const std::uint32_t most = std::max(max_memory_kib, floor_kib);
  // The trial must not fit into the processor's caches, as the real cost does not.
  const Argon2Cost trial{.memory_kib = std::min(most, kArgon2DefaultFloorKib),
                         .iterations = kArgon2MinIterations};
  constexpr std::array<std::uint8_t, 16> kAnything = {};
  // The faster of two runs counts: a busy machine slows one down, and must not lower the cost.
  std::uint64_t took = UINT64_MAX;
  for (int i = 0; i < 2; ++i) {
    const std::uint64_t start = ThreadMicroseconds();
    (void)Argon2id(kAnything, kAnything, trial, 32);
    took = std::min(took, std::max<std::uint64_t>(ThreadMicroseconds() - start, 1));
  }
  // The time that argon2id takes is proportional to the product of memory and iterations.
  const std::uint64_t work =
      static_cast<std::uint64_t>(time.count()) * 1000 * trial.memory_kib * trial.iterations / took;
  const std::uint64_t memory =
      std::clamp<std::uint64_t>(work / kArgon2MinIterations, floor_kib, most);
  const std::uint64_t iterations =
      std::clamp<std::uint64_t>(work / memory, kArgon2MinIterations, kArgon2MaxWorkKib / memory);
  return {.memory_kib = static_cast<std::uint32_t>(memory),
          .iterations = static_cast<std::uint32_t>(iterations)};
}

}  // namespace tpm2_sealed
