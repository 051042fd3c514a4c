// SPDX-License-Identifier: LGPL-2.1-or-later
// Volume: one LUKS2 header, its keyslots and tokens, through libcryptsetup.
#pragma once

#include <libcryptsetup.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/c_handle.h"
#include "lib/base/secret.h"

namespace tpm2_sealed {

struct DevicePath {
  std::string device;  // block device or file
  std::string header;  // detached header, or empty

  const std::string &metadata() const { return header.empty() ? device : header; }
};

enum class Access { kRead, kWrite };

struct TokenEntry {
  int number = 0;
  std::string json;  // as the header has it
};

class Volume {
 public:
  // Loads the header. Throws Error(kBadDevice) for what is no LUKS2 volume, cannot be read, or,
  // with kWrite, cannot be written.
  Volume(const DevicePath &path, Access access);

  // Reads the header again.
  void Reload();

  std::string Uuid() const;
  const std::string &device() const { return path_.device; }

  // Tokens of our type, in the order of their numbers.
  std::vector<TokenEntry> OurTokens() const;
  // Any token, whatever its type; nothing if there is none.
  std::optional<std::string> TokenJson(int token) const;
  // Number of the token: `json` is written to a free one. Throws Error(kBadDevice) if there is
  // no room.
  int AddToken(const std::string &json);
  void ReplaceToken(int token, const std::string &json);
  void RemoveToken(int token);
  // Other tokens than `token` that use `keyslot`.
  bool OtherTokenUses(int keyslot, int token) const;

  std::vector<int> ActiveKeyslots() const;
  bool HasFreeKeyslot() const;
  bool HasFreeToken() const;
  // Bytes that the JSON area still takes.
  std::size_t FreeMetadata() const;

  // The volume key; throws Error(kBadPassphrase) if the passphrase opens no keyslot.
  SecretBytes VolumeKeyByPassphrase(ByteView passphrase) const;
  // The volume key by whatever token opens without a PIN, of any type; nothing if none does.
  std::optional<SecretBytes> VolumeKeyByToken() const;

  // Adds a keyslot whose passphrase is what `token` gives when it is opened (token_opener.h), and
  // assigns the keyslot to the token, in one write of the header. PBKDF2 with 1000 iterations: the
  // passphrase has the full entropy of a random key, stretching would only cost time at boot.
  // `keyslot`: a free one, or nothing for the first free. Returns the keyslot.
  int AddKeyslotByToken(const SecretBytes &volume_key, int token, std::optional<int> keyslot);
  // Opens the keyslot for real, without activating the volume. Throws Error(kBadPassphrase).
  void CheckToken(int token) const;
  bool PassphraseOpens(int keyslot, ByteView passphrase) const;
  // Wipes the keyslot; libcryptsetup takes it out of all tokens in the same write.
  void RemoveKeyslot(int keyslot);

 private:
  [[noreturn]] void Fail(const std::string &what, int code) const;

  DevicePath path_;
  CHandle<crypt_device, crypt_free> device_;
};

// libcryptsetup's own debug messages to stderr, for --debug.
void EnableLibcryptsetupDebug();

}  // namespace tpm2_sealed
