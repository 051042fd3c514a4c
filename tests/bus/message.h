// SPDX-License-Identifier: LGPL-2.1-or-later
// Message: a TPM command or answer as bytes, and its parts (TPM 2.0 Part 1, section 18).
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace tpm2_sealed::test {

using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

inline constexpr std::size_t kHeaderSize = 10;  // tag, size, code

namespace cc {
inline constexpr std::uint32_t kHierarchyChangeAuth = 0x129, kCreatePrimary = 0x131,
                               kCreate = 0x153, kLoad = 0x157, kUnseal = 0x15e, kReadPublic = 0x173,
                               kStartAuthSession = 0x176, kGetRandom = 0x17b;
}

inline std::uint32_t BigEndian(View bytes, std::size_t at, std::size_t size) {
  if (at + size > bytes.size()) throw std::runtime_error("a message ends too early");
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | bytes[at + i];
  return value;
}

inline std::uint32_t CodeOf(View message) {
  return message.size() < kHeaderSize ? 0 : BigEndian(message, 6, 4);
}

inline bool HasSessions(View message) {
  constexpr std::uint32_t kTagSessions = 0x8002;
  return message.size() >= kHeaderSize && BigEndian(message, 0, 2) == kTagSessions;
}

inline void Append(Bytes &out, View more) { out.insert(out.end(), more.begin(), more.end()); }

inline void AppendBigEndian(Bytes &out, std::uint32_t value, std::size_t size) {
  for (std::size_t i = size; i-- > 0;) {
    out.push_back(static_cast<std::uint8_t>(value >> (8 * i) & 0xff));
  }
}

inline void AppendSized(Bytes &out, View content) {
  AppendBigEndian(out, static_cast<std::uint32_t>(content.size()), 2);
  Append(out, content);
}

inline Bytes Part(View message, std::size_t from, std::size_t to) {
  if (from > to || to > message.size()) throw std::runtime_error("a message ends too early");
  const View part = message.subspan(from, to - from);
  return Bytes(part.begin(), part.end());
}

// The content of the TPM2B at `at`, which moves behind it.
inline Bytes Sized(View message, std::size_t &at) {
  const std::size_t size = BigEndian(message, at, 2);
  const std::size_t from = at + 2;
  at = from + size;
  return Part(message, from, at);
}

// Writes the message's size into its header.
inline Bytes WithSize(Bytes message) {
  Bytes size;
  AppendBigEndian(size, static_cast<std::uint32_t>(message.size()), 4);
  std::copy(size.begin(), size.end(), message.begin() + 2);
  return message;
}

// An answer that is a response code and nothing else.
inline Bytes AnswerOf(std::uint32_t code) {
  Bytes answer = {0x80, 0x01, 0, 0, 0, kHeaderSize};
  AppendBigEndian(answer, code, 4);
  return answer;
}

}  // namespace tpm2_sealed::test
