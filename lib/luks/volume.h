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

// Tokens and keyslots that a change would remove.
struct Removal {
  std::vector<int> tokens;
  std::vector<int> keyslots;
};

// What happens to the keyslot that authorised a change.
enum class AfterUse {
  kKept,      // never destroyed by that change
  kReplaced,  // destroyed with the token that the change replaces
};

// What authorises a change of the header.
struct Authorization {
  SecretBytes volume_key;
  SecretBytes passphrase;  // empty if a token gave it to libcryptsetup
  int keyslot = -1;        // the one that was opened
  AfterUse after = AfterUse::kKept;
};

class Volume {
 public:
  // Loads the header. Throws Error(kBadDevice) if it is not a LUKS2 volume, cannot be read or, with
  // kWrite, cannot be written. With kWrite it also calls CheckNoReencryption().
  Volume(const DevicePath &path, Access access);

  // Throws Error(kBusy) if a reencryption is unfinished. libcryptsetup refuses changes then, but
  // some of them only after it has written others.
  void CheckNoReencryption() const;

  // Reads the header again.
  void Reload();

  std::string Uuid() const;
  const std::string &device() const { return path_.device; }
  const DevicePath &path() const { return path_; }

  // Returns the tokens of our type, in the order of their numbers.
  std::vector<TokenEntry> OurTokens() const;
  // Returns the JSON of a token of any type; nullopt if there is none with that number.
  std::optional<std::string> TokenJson(int token) const;
  // Writes `json` as a new token and returns its number. Throws Error(kBadDevice) if there is no
  // room.
  int AddToken(const std::string &json);
  void ReplaceToken(int token, const std::string &json);
  void RemoveToken(int token);
  // Returns whether a token other than `token` uses `keyslot`.
  bool OtherTokenUses(int keyslot, int token) const;

  std::vector<int> ActiveKeyslots() const;
  bool IsKeyslotFree(int keyslot) const;  // false for unbound keyslots
  bool HasFreeKeyslot() const;
  // Returns the keyslots of the token as libcryptsetup reads them, even if the token is broken.
  std::vector<int> KeyslotsOf(int token) const;
  bool HasFreeToken() const;
  // Returns whether cryptsetup skips the keyslot unless the user names its token.
  bool IsIgnored(int keyslot) const;
  // Returns whether the keyslot has the parameters that AddKeyslotByToken sets. They make a
  // passphrase with less entropy than a random key cheap to guess.
  bool IsOfOurForm(int keyslot) const;
  // Returns the header's JSON as libcryptsetup reads it.
  std::string HeaderJson() const { return Areas().json; }
  // Returns whether the keyslots area has room for another keyslot once `gone` is removed.
  bool HasRoomForKeyslot(const Removal &gone) const;
  // Returns how many bytes the JSON area has free once `gone` is removed.
  std::size_t FreeMetadata(const Removal &gone) const;

  // Opens `keyslot`, or any keyslot, with `passphrase`. Throws Error(kBadPassphrase) if it opens
  // none.
  Authorization AuthorizeByPassphrase(ByteView passphrase,
                                      std::optional<int> keyslot = std::nullopt) const;
  // Opens a keyslot with any token, of any type, that needs no PIN. Returns nullopt if none opens.
  std::optional<Authorization> AuthorizeByToken() const;

  // Opens `token` (token_opener.h), adds a keyslot with that passphrase, and assigns the keyslot to
  // the token, in one write of the header. The keyslot has PBKDF2 with 1000 iterations: the
  // passphrase has the entropy of a random key, so stretching would only cost time at boot.
  // `keyslot` must be free; nullopt chooses the first free one. Returns the keyslot.
  int AddKeyslotByToken(const SecretBytes &volume_key, int token, std::optional<int> keyslot);
  // Opens the token and its keyslot without activating the volume. Throws Error(kBadPassphrase) if
  // that fails.
  void CheckToken(int token) const;
  bool PassphraseOpens(int keyslot, ByteView passphrase) const;
  // Wipes the keyslot; libcryptsetup removes it from all tokens in the same write.
  void RemoveKeyslot(int keyslot);

 private:
  struct HeaderAreas {
    std::string json;
    std::uint64_t metadata_size = 0;  // bytes, with the binary header
    std::uint64_t keyslots_size = 0;  // bytes
  };
  HeaderAreas Areas() const;
  SecretBytes EmptyVolumeKey() const;  // zeros, of the volume key's size
  [[noreturn]] void Fail(const std::string &what, int code) const;

  DevicePath path_;
  struct FreeDevice {
    void operator()(crypt_device *device) const noexcept;
  };
  std::unique_ptr<crypt_device, FreeDevice> device_;
};

// Returns the folder where libcryptsetup looks for plugins; empty if it was built without them.
std::string TokenPluginFolder();

// Sends libcryptsetup's debug messages to stderr, for --debug.
void EnableLibcryptsetupDebug();

}  // namespace tpm2_sealed
