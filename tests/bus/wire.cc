// SPDX-License-Identifier: LGPL-2.1-or-later
// wire: what somebody who listens on the bus sees. Reads a trace (pcapng, as the TSS's pcap TCTI
// writes it) and
//   wire list TRACE           names every command, its size, its answer's size and response code
//   wire count TRACE          "COMMANDS BYTES_OUT BYTES_IN"
//   wire find TRACE SECRET    fails unless some 16 bytes of the file SECRET are in the trace
//   wire clean TRACE SECRET   fails if they are, if a command that moves a secret is not marked as
//                             encrypted, or if the trace has no such command
//   wire unseal TRACE SECRET  prints the answers of TPM2_Unseal with the secret's bytes marked
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bus/trace.h"

namespace {

using namespace tpm2_sealed::test;

constexpr std::size_t kWindow = 16;  // this many bytes of the secret in a row are a leak
constexpr std::uint32_t kUnseal = 0x15e, kCreate = 0x153, kGetRandom = 0x17b;

struct CommandName {
  std::uint32_t code;
  const char *name;
};
constexpr std::array kNames = {
    CommandName{0x120, "EvictControl"},     CommandName{0x131, "CreatePrimary"},
    CommandName{kCreate, "Create"},         CommandName{0x157, "Load"},
    CommandName{kUnseal, "Unseal"},         CommandName{0x165, "FlushContext"},
    CommandName{0x16b, "PolicyAuthValue"},  CommandName{0x173, "ReadPublic"},
    CommandName{0x176, "StartAuthSession"}, CommandName{0x17a, "GetCapability"},
    CommandName{kGetRandom, "GetRandom"},   CommandName{0x17e, "PCR_Read"},
    CommandName{0x17f, "PolicyPCR"},        CommandName{0x18a, "TestParms"},
    CommandName{0x182, "PCR_Extend"},       CommandName{0x144, "Startup"},
};

// Where in `message` any window of the secret stands: one flag a byte.
std::vector<bool> Leaked(const Bytes &message, const Bytes &secret) {
  std::vector<bool> leaked(message.size(), false);
  if (secret.size() < kWindow) throw std::runtime_error("the secret is shorter than 16 bytes");
  for (std::size_t from = 0; from + kWindow <= secret.size(); ++from) {
    const auto window = secret.begin() + static_cast<std::ptrdiff_t>(from);
    auto hit = message.begin();
    while ((hit = std::search(hit, message.end(), window, window + kWindow)) != message.end()) {
      std::fill_n(leaked.begin() + (hit - message.begin()), kWindow, true);
      ++hit;
    }
  }
  return leaked;
}

bool Any(const std::vector<bool> &flags) {
  return std::find(flags.begin(), flags.end(), true) != flags.end();
}

bool IsLeaked(const std::vector<Exchange> &exchanges, const Bytes &secret) {
  return std::any_of(exchanges.begin(), exchanges.end(), [&](const Exchange &e) {
    return Any(Leaked(e.command, secret)) || Any(Leaked(e.response, secret));
  });
}

std::string NameOf(std::uint32_t code) {
  for (const CommandName &name : kNames) {
    if (name.code == code) return name.name;
  }
  char text[16];
  std::snprintf(text, sizeof text, "0x%x", code);
  return text;
}

void List(const std::vector<Exchange> &exchanges) {
  int number = 0;
  for (const Exchange &e : exchanges) {
    std::printf("%2d %-16s %4zu> %4zu rc 0x%03x\n", ++number, NameOf(CodeOf(e.command)).c_str(),
                e.command.size(), e.response.size(), CodeOf(e.response));
  }
}

void Count(const std::vector<Exchange> &exchanges) {
  std::size_t out = 0, in = 0;
  for (const Exchange &e : exchanges) {
    out += e.command.size();
    in += e.response.size();
  }
  std::printf("%zu %zu %zu\n", exchanges.size(), out, in);
}

// A hexdump, 16 bytes a line; bytes of the secret stand in [brackets].
void Dump(const Bytes &message, const std::vector<bool> &leaked) {
  for (std::size_t line = 0; line < message.size(); line += 16) {
    std::printf("    %04zx ", line);
    for (std::size_t i = line; i < std::min(line + 16, message.size()); ++i) {
      std::printf(leaked[i] ? "[%02x]" : " %02x ", message[i]);
    }
    std::printf("\n");
  }
}

void ShowUnseal(const std::vector<Exchange> &exchanges, const Bytes &secret) {
  for (const Exchange &e : exchanges) {
    if (CodeOf(e.command) != kUnseal || CodeOf(e.response) != 0) continue;
    const std::vector<bool> leaked = Leaked(e.response, secret);
    std::printf("  answer to TPM2_Unseal, %zu bytes: %s\n", e.response.size(),
                Any(leaked) ? "the secret in [clear text]" : "ciphertext");
    Dump(e.response, leaked);
  }
}

// Session attributes (TPM 2.0 Part 2, section 8.4) of a command, all its sessions together.
std::uint32_t SessionAttributes(const Bytes &command, std::size_t handles) {
  constexpr std::uint32_t kTagSessions = 0x8002;
  if (BigEndian(command, 0, 2) != kTagSessions) return 0;
  std::size_t at = 10 + 4 * handles;
  const std::size_t end = at + 4 + BigEndian(command, at, 4);
  std::uint32_t attributes = 0;
  at += 4;
  // Each: handle, nonce (sized), attributes, HMAC (sized).
  while (at + 9 <= end && end <= command.size()) {
    at += 4;
    at += 2 + BigEndian(command, at, 2);
    attributes |= command.at(at++);
    at += 2 + BigEndian(command, at, 2);
  }
  return attributes;
}

// Whether every command that moves a secret asks for encryption in the secret's direction. What
// GetRandom gives is mixed with other randomness, so a search for the secret would not show it.
bool AllEncrypted(const std::vector<Exchange> &exchanges) {
  constexpr std::uint32_t kTowardsTpm = 0x20, kFromTpm = 0x40;
  int moved = 0;
  for (const Exchange &e : exchanges) {
    const std::uint32_t code = CodeOf(e.command);
    if (code != kUnseal && code != kCreate && code != kGetRandom) continue;
    const std::uint32_t needed = code == kCreate ? kTowardsTpm : kFromTpm;
    const std::size_t handles = code == kGetRandom ? 0 : 1;
    if ((SessionAttributes(e.command, handles) & needed) == 0) {
      std::fprintf(stderr, "wire: %s is not encrypted\n", NameOf(code).c_str());
      return false;
    }
    moved += CodeOf(e.response) == 0;
  }
  // A trace in which no secret moved would be clean whatever the product does.
  if (moved == 0) throw std::runtime_error("no secret moved in this trace");
  return true;
}

int Run(const std::string &what, const char *trace, const char *secret_file) {
  const std::vector<Exchange> exchanges = ReadTrace(trace);
  if (what == "list") return List(exchanges), 0;
  if (what == "count") return Count(exchanges), 0;
  const Bytes secret = ReadFile(secret_file);
  if (what == "find") return IsLeaked(exchanges, secret) ? 0 : 1;
  if (what == "clean") return AllEncrypted(exchanges) && !IsLeaked(exchanges, secret) ? 0 : 1;
  if (what == "unseal") return ShowUnseal(exchanges, secret), 0;
  throw std::runtime_error("unknown: " + what);
}

}  // namespace

int main(int argc, char **argv) {
  try {
    if (argc < 3)
      throw std::runtime_error("usage: wire list|count|find|clean|unseal TRACE [SECRET]");
    return Run(argv[1], argv[2], argc > 3 ? argv[3] : "");
  } catch (const std::exception &error) {
    std::fprintf(stderr, "wire: %s\n", error.what());
    return 99;
  }
}
