// SPDX-License-Identifier: LGPL-2.1-or-later
// eavesdrop: somebody who only listens, and who has private keys of his own: the thief who put his
// key into the TPM and named it in the header. Reads a trace (pcapng, as the TSS's pcap TCTI writes
// it), tries his keys on every salt in it, and decrypts what the sessions hide.
//   eavesdrop TRACE LOOT PEM [AUTH]
//                                  "salt HEX", "secret HEX" and "auth HEX" to the file LOOT; exits
//                                  1
//                                 if there is nothing
#include <cstdio>

#include "tests/bus/known_session.h"
#include "tests/bus/thief_key.h"
#include "tests/bus/trace.h"

namespace {

using namespace tpm2_sealed::test;

bool Listen(const std::vector<Exchange> &exchanges, const ThiefKey &key, const std::string &loot,
            const Bytes &auth) {
  std::map<std::uint32_t, KnownSession> sessions;
  for (const Exchange &e : exchanges) {
    const std::uint32_t code = CodeOf(e.command);
    if (CodeOf(e.response) != 0) continue;
    if (code == cc::kStartAuthSession) {
      const SessionStart start = ParseStart(e.command);
      // ECDH gives something for every point: whether it is the salt shows in what it opens.
      const auto salt = key.DecryptSalt(start.encrypted_salt);
      if (!salt) continue;
      Note(loot, "salt", *salt);
      std::size_t at = kHeaderSize + 4;
      sessions.insert_or_assign(BigEndian(e.response, kHeaderSize, 4),
                                KnownSession(start, Sized(e.response, at), *salt));
      continue;
    }
    if (!HasSessions(e.command) || !HasSessions(e.response)) continue;
    if (code != cc::kCreate && code != cc::kUnseal && code != cc::kGetRandom) continue;
    SessionMessage command = ParseCommand(e.command), answer = ParseAnswer(e.response);
    const auto known = sessions.find(command.auths.at(0).handle);
    if (known == sessions.end()) continue;
    if (code == cc::kUnseal) known->second.SetAuth(auth);
    known->second.OpenCommand(command, 0);
    known->second.OpenAnswer(answer);
    try {
      Loot(loot, code, command);
    } catch (const std::runtime_error &) {
      continue;  // not what it looks like: a wrong key
    }
    LootAnswer(loot, code, answer);
  }
  return !sessions.empty();
}

}  // namespace

int main(int argc, char **argv) {
  try {
    if (argc < 4) throw std::runtime_error("usage: eavesdrop TRACE LOOT PEM [AUTH]");
    // With the authValue in the file AUTH, which his oracle gave him.
    const Bytes auth = argc > 4 ? ReadFile(argv[4]) : Bytes();
    return Listen(ReadTrace(argv[1]), ThiefKey(argv[3]), argv[2], auth) ? 0 : 1;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "eavesdrop: %s\n", error.what());
    return 99;
  }
}
