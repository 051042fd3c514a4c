// SPDX-License-Identifier: LGPL-2.1-or-later
// Trace: recorded TPM traffic, as the TSS's pcap TCTI writes it, and the parts of its commands.
#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bus/message.h"

namespace tpm2_sealed::test {

struct Exchange {
  Bytes command;
  Bytes response;
};

inline Bytes ReadFile(const char *path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(std::string("cannot read ") + path);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

// pcapng (draft-ietf-opsawg-pcapng): blocks of type, length, body, length in the writer's byte
// order, which is ours. An enhanced packet block holds an IPv4 and a TCP header of 20 bytes each;
// commands go to port 2321.
inline std::vector<Exchange> ReadTrace(const char *path) {
  const Bytes file = ReadFile(path);
  std::vector<Exchange> exchanges;
  std::size_t at = 0;
  while (at + 12 <= file.size()) {
    std::uint32_t type = 0, length = 0, captured = 0;
    std::memcpy(&type, &file[at], 4);
    std::memcpy(&length, &file[at + 4], 4);
    if (length < 12 || length > file.size() - at) throw std::runtime_error("damaged trace");
    constexpr std::size_t kHeaders = 28 + 40;
    if (type == 6 && length >= kHeaders) {
      std::memcpy(&captured, &file[at + 20], 4);
      if (captured < 40 || captured > length - 28) throw std::runtime_error("damaged packet");
      const std::uint32_t port = BigEndian(file, at + 28 + 20 + 2, 2);
      const auto first = file.begin() + static_cast<std::ptrdiff_t>(at + kHeaders);
      Bytes message(first, first + static_cast<std::ptrdiff_t>(captured - 40));
      if (port == 2321) {
        exchanges.push_back({std::move(message), {}});
      } else if (!exchanges.empty()) {
        exchanges.back().response = std::move(message);
      }
    }
    at += length;
  }
  if (exchanges.empty()) throw std::runtime_error("the trace is empty");
  return exchanges;
}

}  // namespace tpm2_sealed::test
