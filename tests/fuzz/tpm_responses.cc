// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzz target: everything that a TPM, or what plays one, can answer to what we ask. The input is
// what is done, then the answers, each after its size in two bytes. It ends, in success or one
// Error; and an open that succeeds has the genuine secret, since nobody else has the salt key.
//
// The corpus has recorded answers of a software TPM (record.cc). Random numbers are the same again,
// so they are right up to the last HMAC.
#include <openssl/crypto.h>

#include "tests/fuzz/played_tpm.h"
#include "tests/fuzz/property.h"
#include "tests/fuzz/recorded_tokens.h"
#include "tests/fuzz/tpm_actions.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::fuzz;

class Script : public PlayedTpm {
 public:
  explicit Script(ByteView answers) : left_(answers) {}
  std::optional<Bytes> Answer(ByteView) override {
    if (left_.empty()) return std::nullopt;
    const ByteView answer = TakePiece(left_);
    return Bytes(answer.begin(), answer.end());
  }

 private:
  ByteView left_;
};

const Tokens &RecordedTokens() {
  static const Tokens tokens = {.ecc = kRecordedEcc, .rsa = kRecordedRsa, .pin = kRecordedPin};
  return tokens;
}

// Control: what was recorded of an open still opens. If it does not, what is sent to the TPM has
// changed, and the corpus no longer reaches the end: record.sh makes it anew.
bool MustOpen() {
  const char *file = std::getenv("REPLAYED_FILE");
  return file != nullptr && std::string_view(file).starts_with("open-") &&
         OpenSSL_version_num() >> 20 == kRecordedOpenssl;
}

// Behind a resource manager less is flushed.
constexpr std::uint8_t kManaged = 0x80;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  ByteView input(data, size);
  const std::uint8_t what = TakeByte(input);
  const auto action = static_cast<Action>((what & ~kManaged) % kActionNames.size());
  const char *tcti = (what & kManaged) != 0 ? "played:/dev/tpmrm0" : "played";
  Script script(input);
  const Playing playing(script);
  std::optional<Bytes> passphrase;
  (void)RefusalOf(size, [&] { passphrase = Run(action, RecordedTokens(), tcti); });
  Hold(passphrase || !MustOpen(), "a recorded open opens");
  // In the clear, and by the admin's consent, it is whatever the bus says.
  if (!passphrase || action == Action::kOpenPlain) return 0;
  Hold(*passphrase == PassphraseOf(action, RecordedTokens()), "only the genuine secret comes out");
  return 0;
}
