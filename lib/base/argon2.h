// SPDX-License-Identifier: LGPL-2.1-or-later
// Argon2: argon2id (RFC 9106), the one slow step between a PIN and everything that comes of it. The
// only user of libargon2.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "lib/base/bytes.h"
#include "lib/base/secret.h"

namespace tpm2_sealed {

// What one guess costs. One lane and one thread: the host may not expect threads of ours.
struct Argon2Cost {
  std::uint32_t memory_kib = 0;
  std::uint32_t iterations = 0;
};

// RFC 9106, section 4, asks for 3 passes where memory is below 2 GiB. Never less, so that no header
// can choose how cheap guessing is; the least memory is the configuration's (argon2-floor-kib).
inline constexpr std::uint32_t kArgon2MinIterations = 3;
inline constexpr std::uint32_t kArgon2DefaultFloorKib = 64 * 1024;
// As in cryptsetup: 4 GiB.
inline constexpr std::uint32_t kArgon2MaxMemoryKib = 4 * 1024 * 1024;
// Memory times iterations; 5 to 20 seconds. Enrolment chooses no more, so a header that asks for
// more was not written by it, and would only stall the boot.
inline constexpr std::uint64_t kArgon2MaxWorkKib = std::uint64_t{16} * 1024 * 1024;

// Throws Error(kBadToken) for less than the floor or more than the limits above, which no enrolment
// chooses; Error(kNotSupported) for more memory than Argon2UsableMemoryKib. Takes no memory itself.
void CheckArgon2Cost(const Argon2Cost &cost, std::uint32_t floor_kib);

// Throws Error(kNoMemory) if that much memory cannot be had just now, as far as the system tells.
// Gives it back untouched, which takes no time.
void CheckArgon2Memory(const Argon2Cost &cost);

// `size` bytes, at least 4. `salt` has at least 8 bytes. Throws Error(kNoMemory) if the memory
// cannot be had. The memory is wiped before it is given back.
SecretBytes Argon2id(ByteView password, ByteView salt, const Argon2Cost &cost, std::size_t size);

// Memory that enrolment chooses by itself: half of this machine's, at most 1 GiB.
std::uint32_t Argon2SpareMemoryKib();
// The most that enrolment may be told to choose: half of this machine's memory, at most 4 GiB.
std::uint32_t Argon2MostMemoryKib();
// The most at an open: an eighth of that on top, since a kernel that keeps more memory for itself
// than the one of the enrolment must not lock anybody out.
std::uint64_t Argon2UsableMemoryKib();

// The cost that takes about `time` of one processor here: as much memory as `max_memory_kib` allows
// with kArgon2MinIterations, then more iterations. Never less memory than `floor_kib`, nor fewer
// iterations than the minimum, even if that takes longer. Runs argon2id to find out.
Argon2Cost ChooseArgon2Cost(std::chrono::milliseconds time, std::uint32_t max_memory_kib,
                            std::uint32_t floor_kib);

}  // namespace tpm2_sealed
