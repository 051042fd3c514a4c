// SPDX-License-Identifier: LGPL-2.1-or-later
// Argon2: argon2id (RFC 9106), the one slow step between a PIN and everything that is derived from
// it. No other file uses libargon2.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "lib/base/bytes.h"
#include "lib/base/secret.h"

namespace tpm2_sealed {

// What one guess costs. It is computed in one lane by one thread: the host may not expect our code
// to start threads.
struct Argon2Cost {
  std::uint32_t memory_kib = 0;
  std::uint32_t iterations = 0;
};

// RFC 9106, section 4, asks for 3 passes where memory is below 2 GiB. A token with fewer is
// refused, so that no header can make guessing cheap. The configuration sets the least memory
// (argon2-floor-kib).
inline constexpr std::uint32_t kArgon2MinIterations = 3;
inline constexpr std::uint32_t kArgon2DefaultFloorKib = 64 * 1024;
// 4 GiB, the same limit as cryptsetup's.
inline constexpr std::uint32_t kArgon2MaxMemoryKib = 4 * 1024 * 1024;
// Memory in KiB times iterations, which takes 5 to 20 seconds. Enroll never chooses more, so it did
// not write a header that asks for more, and that header would only stall the boot.
inline constexpr std::uint64_t kArgon2MaxWorkKib = std::uint64_t{16} * 1024 * 1024;

// Throws Error(kBadToken) if the cost is below the floor or above the limits, which enroll never
// chooses, and Error(kNotSupported) if it needs more memory than Argon2UsableMemoryKib. Allocates
// nothing.
void CheckArgon2Cost(const Argon2Cost &cost, std::uint32_t floor_kib);

// Throws Error(kNoMemory) if the system refuses to allocate that much memory now. Frees it
// untouched, which takes no time.
void CheckArgon2Memory(const Argon2Cost &cost);

// Returns `size` bytes, at least 4. `salt` has at least 8 bytes. Throws Error(kNoMemory) if the
// memory cannot be allocated. libargon2 wipes the memory before it frees it.
SecretBytes Argon2id(ByteView password, ByteView salt, const Argon2Cost &cost, std::size_t size);

// The memory that enroll chooses by default: half of this machine's memory, at most 1 GiB.
std::uint32_t Argon2SpareMemoryKib();
// The most that an admin may tell enroll to choose: half of this machine's memory, at most 4 GiB.
std::uint32_t Argon2MostMemoryKib();
// The most that an open may use: 9/16 of this machine's memory. The margin above one half is for a
// later kernel that keeps more memory for itself: it must not lock anybody out.
std::uint64_t Argon2UsableMemoryKib();

// Returns the cost that takes about `time` of one processor of this machine: as much memory as
// `max_memory_kib` allows with kArgon2MinIterations, then more iterations. It never has less memory
// than `floor_kib` or fewer iterations than the minimum, even if that takes longer. Runs argon2id
// to measure it.
Argon2Cost ChooseArgon2Cost(std::chrono::milliseconds time, std::uint32_t max_memory_kib,
                            std::uint32_t floor_kib);

}  // namespace tpm2_sealed
