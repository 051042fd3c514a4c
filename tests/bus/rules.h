// SPDX-License-Identifier: LGPL-2.1-or-later
// Rules: what the interposer does with which command, from text. Rules have blanks between them;
// the first that matches counts.
//   CODE[/WHAT][@N[-M]]=DEED[:NUMBER]    or with # for @
// CODE is a command's (hex), or * for every one. WHAT narrows it: aes, xor (the cipher asked for),
// ecc, rsa (the key type), sha384, sha512 (in a list of digests), or eight hex digits (the first
// handle). @N means its N-th occurrence in this connection only, @N-M those from N to M; # counts
// in the process. NUMBER is decimal. DEED is one of
//   RC         answered with that response code (hex); the TPM never gets the command
//   late       the TPM gets it, and TPM_RC_RETRY is answered
//   flip       the last byte of the TPM's answer is changed
//   byte:N     its byte N is
//   cut:N      only its first N bytes come, and its size says so
//   short:N    only its first N bytes come, and its size is the old one
//   pad:N      N zero bytes follow it, and its size says so
//   claim:N    its size says N, and nothing else changes
//   again      the answer to the last command of that code comes again
//   replay     the answer comes that an earlier process got there (answers.h)
//   drop       the connection fails instead of an answer
//   hang       it never comes
//   stop       the process of the number in INTERPOSER_STOP is stopped before it gets the command
//   own        the public area in it is of the thief's own key, under that key's Name
//   own-as     the same under the genuine Name
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bus/message.h"

namespace tpm2_sealed::test {

struct Rule {
  std::optional<std::uint32_t> code;  // nothing: every one
  std::string what;
  unsigned first = 1, last = ~0U;
  std::string deed;
  std::uint32_t number = 0;  // of the deed; for "rc" the response code
  enum class Scope { kConnection, kProcess } scope = Scope::kConnection;
  unsigned seen = 0;
};

// Aborts for text that is no rule: a test that asks for something else is broken.
Rule ParseRule(std::string_view text);

// The first that wants this command; counts the command for all that name it.
const Rule *FindRule(std::vector<Rule> &rules, const Bytes &command);

}  // namespace tpm2_sealed::test
