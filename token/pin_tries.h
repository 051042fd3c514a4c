// SPDX-License-Identifier: LGPL-2.1-or-later
// PinTries: wrong PINs of this process, counted for each token. systemd repeats its PIN prompt for
// as long as a plugin says that the PIN was wrong; and each wrong one costs the TPM's owner a try.
#pragma once

#include <string>

namespace tpm2_sealed {

class PinTries {
 public:
  // `token`: which volume and which token of it.
  explicit PinTries(std::string token) : token_(std::move(token)) {}

  // False once three were wrong: then no more is tried, so that the passphrase prompt comes.
  bool MayTry() const;
  void CountWrong();
  // The PIN was right: the user knows it.
  void Forget();

 private:
  std::string token_;
};

}  // namespace tpm2_sealed
