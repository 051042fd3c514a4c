// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzz target: an open against a TPM whose answers are right up to the HMACs and the encryption,
// and edits of them. The input is what TPM and token are, then edits of five bytes. An open that
// succeeds was not salted to the thief's key, and has exactly what the TPM has unsealed.
#include "lib/action/unlock.h"
#include "tests/fuzz/edited_tpm.h"
#include "tests/fuzz/property.h"
#include "tests/fuzz/tpm_actions.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::fuzz;

constexpr std::size_t kMaxEdits = 16;

std::vector<Edit> EditsOf(ByteView input) {
  std::vector<Edit> edits;
  while (!input.empty() && edits.size() < kMaxEdits) {
    Edit edit;
    edit.answer = TakeByte(input);
    edit.kind = static_cast<Edit::Kind>(TakeByte(input) % Edit::kKinds);
    edit.place = TakeByte(input);
    edit.place = static_cast<std::uint16_t>(edit.place << 8 | TakeByte(input));
    edit.value = TakeByte(input);
    edits.push_back(edit);
  }
  return edits;
}

const SealedToken &TokenWith(bool pin) {
  static const SealedToken without = SealedToken::Parse(EditedTpm::Token(false));
  static const SealedToken with = SealedToken::Parse(EditedTpm::Token(true));
  return pin ? with : without;
}

Bytes ExpectedPassphrase(const Bytes &unsealed, bool pin) {
  if (!pin) return unsealed;
  static const PinKeys keys =
      DerivePinKeys({reinterpret_cast<const std::uint8_t *>(kPin.data()), kPin.size()},
                    *TokenWith(true).record.pin);
  const SecretBytes mixed = PinPassphrase(SecretBytes::CopyOf(unsealed), keys.mix);
  return Bytes(mixed.data(), mixed.data() + mixed.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  ByteView input(data, size);
  const std::uint8_t what = TakeByte(input);
  const Chip chip = {.aes = (what & 1) == 0, .xor_sha256 = (what & 2) == 0, .pin = (what & 4) != 0};
  const std::vector<Edit> edits = EditsOf(input);
  const bool unedited = edits.empty();
  EditedTpm tpm(chip, edits);
  const Playing playing(tpm);
  const Machine machine{.tcti = "played", .argon2_floor_kib = 8};
  std::optional<Bytes> passphrase;
  const auto refused = RefusalOf(size, [&] {
    Tpm connection(machine, Leftovers::kToResourceManager);
    const SealedToken &token = TokenWith(chip.pin);
    const ByteView pin(reinterpret_cast<const std::uint8_t *>(kPin.data()), kPin.size());
    const Opened opened = Require(token, Open(token, connection, pin));
    Hold(opened.protection != Protection::kPlain, "without the permit an open is encrypted");
    const ByteView view = opened.passphrase.view();
    passphrase = Bytes(view.begin(), view.end());
  });
  // Control: without any edit the TPM is right, so a broken target does not pass for a safe one.
  if (unedited && (chip.aes || chip.xor_sha256)) Hold(!refused, "what is not edited opens");
  if (!chip.aes && !chip.xor_sha256) Hold(!passphrase, "no cipher, no open");
  if (!passphrase) return 0;
  // With the thief's key the answers are right only if the salt was encrypted to it. A key that is
  // shown at a second attempt is not taken: ESYS keeps the area that was compared at the first.
  Hold(!tpm.thief_answered(), "the salt is not encrypted to the thief's key");
  Hold(tpm.unseal_is_whole(), "a changed answer to TPM2_Unseal is noticed");
  Hold(*passphrase == ExpectedPassphrase(tpm.unsealed(), chip.pin), "what the TPM has unsealed");
  return 0;
}
