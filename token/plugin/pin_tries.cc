// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/plugin/pin_tries.h"

#include <map>
#include <mutex>
#include <set>

#include "lib/base/crypto.h"
#include "lib/base/secret.h"

namespace tpm2_sealed {
namespace {

constexpr int kMostTyped = 3;  // as many as cryptsetup asks for in one call
constexpr std::size_t kMarkSize = 32;

struct Typed {
  unsigned number = 0;
  int wrong = 0;
  bool is_counted = false;    // whether the present one is among the wrong
  SecretBytes mark;           // of the present one
  std::map<int, int> visits;  // of each token that it was offered to
  std::set<int> wrong_for;
  int last = -1;  // the token that it was offered to last
};

// A host may open volumes in several threads.
std::mutex mutex;
std::map<std::string, Typed> typed_pins;

// The PIN itself is not kept, only this mark of it. The key is this process's own, and key and mark
// are left out of core dumps.
SecretBytes MarkOf(ByteView pin) {
  static const SecretBytes key = KernelRandom(kMarkSize);
  return HkdfSha256(pin, key.view(), "cryptsetup-tpm2 typed PIN", kMarkSize);
}

}  // namespace

PinTries::Offer PinTries::Take(int token, ByteView pin) {
  SecretBytes mark = MarkOf(pin);
  const std::lock_guard lock(mutex);
  Typed &typed = typed_pins[uuid_];
  const bool is_same =
      ConstantTimeEqual(typed.mark.view(), mark.view()) && typed.visits[token] < visits_;
  if (!is_same) {
    ++typed.number;
    typed.is_counted = false;
    typed.mark = std::move(mark);
    typed.visits.clear();
    typed.wrong_for.clear();
  }
  ++typed.visits[token];
  typed.last = token;
  // A PIN that was counted already is still offered to the other tokens.
  return {.number = typed.number,
          .may_try = typed.is_counted || typed.wrong < kMostTyped,
          .was_wrong = typed.wrong_for.contains(token)};
}

void PinTries::CountWrong() {
  const std::lock_guard lock(mutex);
  Typed &typed = typed_pins[uuid_];
  if (!typed.is_counted) ++typed.wrong;
  typed.is_counted = true;
  typed.wrong_for.insert(typed.last);
}

void PinTries::Forget() {
  const std::lock_guard lock(mutex);
  typed_pins.erase(uuid_);
}

}  // namespace tpm2_sealed
