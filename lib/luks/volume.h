// SPDX-License-Identifier: LGPL-2.1-or-later
// Volume: one LUKS2 header, its keyslots and tokens, through libcryptsetup.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/secret.h"

struct crypt_device;

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

// Tokens and keyslots that somebody thinks of removing.
struct Removal {
  std::vector<int> tokens;
  std::vector<int> keyslots;
};

// What becomes of the keyslot that authorised a change.
enum class AfterUse {
  kKept,      // never destroyed by that change
  kReplaced,  // goes with the token that the change replaces
};

// What authorises a change of the header.
struct Authorization {
  SecretBytes volume_key;
  SecretBytes passphrase;  // empty: a token gave it to libcryptsetup
  int keyslot = -1;        // that was opened
  AfterUse after = AfterUse::kKept;
};

class Volume {
 public:
  // Loads the header. Throws Error(kBadDevice) for what is no LUKS2 volume, cannot be read, or,
  // with kWrite, cannot be written.
  Volume(const DevicePath &path, Access access);

  // Throws Error(kBusy) while a reencryption is unfinished: libcryptsetup refuses changes then,
  // some of them too late.
  void CheckNoReencryption() const;

  // Reads the header again.
  void Reload();

  std::string Uuid() const;
  const std::string &device() const { return path_.device; }
  const DevicePath &path() const { return path_; }

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
  bool IsKeyslotFree(int keyslot) const;  // unbound keyslots are in use, too
  bool HasFreeKeyslot() const;
  // Keyslots that the token is assigned to, as libcryptsetup reads them: also of a broken token.
  std::vector<int> KeyslotsOf(int token) const;
  bool HasFreeToken() const;
  // cryptsetup passes over such a keyslot unless it is told its token's number.
  bool IsIgnored(int keyslot) const;
  // Whether it has the form that AddKeyslotByToken gives a keyslot, which makes a passphrase of
  // less than a random key's entropy cheap to guess.
  bool IsOfOurForm(int keyslot) const;
  // The header's JSON, as libcryptsetup reads it.
  std::string HeaderJson() const { return Areas().json; }
  // Whether the keyslots area has room for another keyslot of this volume, with `gone` gone.
  bool HasRoomForKeyslot(const Removal &gone) const;
  // Bytes that the JSON area still takes, with `gone` gone.
  std::size_t FreeMetadata(const Removal &gone) const;

  // By the passphrase of `keyslot`, or of any. Throws Error(kBadPassphrase) if it opens none.
  Authorization AuthorizeByPassphrase(ByteView passphrase,
                                      std::optional<int> keyslot = std::nullopt) const;
  // By whatever token opens without a PIN, of any type; nothing if none does.
  std::optional<Authorization> AuthorizeByToken() const;

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
  struct HeaderAreas {
    std::string json;
    std::uint64_t metadata_size = 0;  // bytes, with the binary header
    std::uint64_t keyslots_size = 0;  // bytes
  };
  HeaderAreas Areas() const;
  SecretBytes EmptyVolumeKey() const;  // of its size, to be filled
  [[noreturn]] void Fail(const std::string &what, int code) const;

  DevicePath path_;
  struct FreeDevice {
    void operator()(crypt_device *device) const noexcept;
  };
  std::unique_ptr<crypt_device, FreeDevice> device_;
};

// Where libcryptsetup looks for plugins; empty if it was built without them.
std::string TokenPluginFolder();

// libcryptsetup's own debug messages to stderr, for --debug.
void EnableLibcryptsetupDebug();

}  // namespace tpm2_sealed
