// SPDX-License-Identifier: LGPL-2.1-or-later
// PinTries: wrong PINs of this process, counted for each volume. systemd repeats its PIN prompt for
// as long as a plugin says that the PIN was wrong, and each wrong one costs the TPM's owner a try.
// Not for each token: a header full of copies of one would lock the TPM with a single PIN.
#pragma once

#include <string>

namespace tpm2_sealed {

class PinTries {
 public:
  explicit PinTries(std::string uuid) : uuid_(std::move(uuid)) {}

  // False once three were wrong: then no more is tried, so that the passphrase prompt comes.
  bool MayTry() const;
  void CountWrong();
  // The PIN was right: the user knows it.
  void Forget();

 private:
  std::string uuid_;
};

}  // namespace tpm2_sealed
