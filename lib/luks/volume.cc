// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/luks/volume.h"

#include <fcntl.h>
#include <libcryptsetup.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "lib/base/c_handle.h"
#include "lib/base/error.h"
#include "lib/format/token_record.h"
#include "lib/luks/token_opener.h"

namespace tpm2_sealed {
namespace {

constexpr std::uint32_t kOurIterations = 1000;  // the least that libcryptsetup accepts

// libcryptsetup says only in its log why something failed. Our message quotes the last error.
std::string last_log_error;
bool debug_to_stderr = false;

extern "C" void LogToLastError(int level, const char *message, void *) {
  try {
    if (level == CRYPT_LOG_ERROR) {
      last_log_error = message;
      while (!last_log_error.empty() &&
             (last_log_error.back() == '\n' || last_log_error.back() == '.')) {
        last_log_error.pop_back();
      }
    }
  } catch (...) {
    // There is no memory for the log. The call itself reports its failure.
  }
  if (debug_to_stderr) (void)!::write(STDERR_FILENO, message, std::strlen(message));
}

[[noreturn]] void ThrowBadDevice(const std::string &what, const char *hint) {
  throw Error(Reason::kBadDevice, what, hint);
}

void CheckWritable(const std::string &path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) {
    ThrowBadDevice(path + " cannot be written (" + std::strerror(errno) + ")",
                   "make it writable; nothing was changed");
  }
  (void)::close(fd);
}

using KeyslotContext = CHandle<crypt_keyslot_context, crypt_keyslot_context_free>;

}  // namespace

std::string TokenPluginFolder() {
  const char *folder = crypt_token_external_path();
  return folder == nullptr ? std::string() : folder;
}

void EnableLibcryptsetupDebug() {
  debug_to_stderr = true;
  crypt_set_debug_level(CRYPT_DEBUG_ALL);
}

void Volume::FreeDevice::operator()(crypt_device *device) const noexcept { crypt_free(device); }

Volume::Volume(const DevicePath &path, Access access) : path_(path) {
  RegisterTokenHandler();
  crypt_set_log_callback(nullptr, LogToLastError, nullptr);
  const std::string &metadata = path.metadata();
  for (const std::string &file : {path.device, metadata}) {
    if (::access(file.c_str(), F_OK) != 0) {
      ThrowBadDevice(file + ": " + std::strerror(errno), "check the path");
    }
  }
  Reload();
  if (access == Access::kWrite) {
    CheckWritable(metadata);
    CheckNoReencryption();
  }
}

void Volume::Reload() {
  const std::string &metadata = path_.metadata();
  last_log_error.clear();
  int code = path_.header.empty()
                 ? crypt_init(OutPtr(device_), path_.device.c_str())
                 : crypt_init_data_device(OutPtr(device_), metadata.c_str(), path_.device.c_str());
  if (code < 0) Fail(metadata + " cannot be opened", code);
  crypt_set_log_callback(device_.get(), LogToLastError, nullptr);
  code = crypt_load(device_.get(), CRYPT_LUKS2, nullptr);
  // libcryptsetup returns -EINVAL for everything that has no valid header.
  if (code < 0 && code != -EINVAL) Fail(metadata + ": the header cannot be read", code);
  if (code < 0) {
    if (crypt_load(device_.get(), CRYPT_LUKS1, nullptr) == 0) {
      ThrowBadDevice(metadata + " is a LUKS1 volume, which has no tokens",
                     "convert it with 'cryptsetup convert --type luks2'");
    }
    ThrowBadDevice(metadata + " is not a LUKS2 volume",
                   "check the path; 'cryptsetup luksDump' shows what it is");
  }
}

void Volume::Fail(const std::string &what, int code) const {
  RethrowOpenerFailure();
  if (code == -ENOMEM) throw std::bad_alloc();
  std::string message = what;
  if (!last_log_error.empty()) {
    message += " (" + last_log_error + ")";
  } else {
    message += std::string(" (") + std::strerror(-code) + ")";
  }
  const Reason reason = code == -EBUSY ? Reason::kBusy : Reason::kBadDevice;
  throw Error(reason, message, "check that it is a LUKS2 volume, undamaged and writable");
}

void Volume::CheckNoReencryption() const {
  std::uint32_t requirements = 0;
  const int code =
      crypt_persistent_flags_get(device_.get(), CRYPT_FLAGS_REQUIREMENTS, &requirements);
  if (code == 0 && requirements == 0) return;
  throw Error(Reason::kBusy, "a reencryption of " + path_.device + " is not finished",
              "finish it with 'cryptsetup reencrypt'");
}

std::string Volume::Uuid() const {
  const char *uuid = crypt_get_uuid(device_.get());
  return uuid == nullptr ? "" : uuid;
}

std::optional<std::string> Volume::TokenJson(int token) const {
  const char *json = nullptr;
  if (crypt_token_json_get(device_.get(), token, &json) < 0 || json == nullptr) {
    return std::nullopt;
  }
  return std::string(json);
}

std::vector<TokenEntry> Volume::OurTokens() const {
  std::vector<TokenEntry> tokens;
  for (int number = 0; number < crypt_token_max(CRYPT_LUKS2); ++number) {
    const char *type = nullptr;
    const crypt_token_info info = crypt_token_status(device_.get(), number, &type);
    if (info == CRYPT_TOKEN_INACTIVE || info == CRYPT_TOKEN_INVALID || type == nullptr) continue;
    if (std::string_view(type) != kTokenType) continue;
    if (auto json = TokenJson(number)) tokens.push_back({number, std::move(*json)});
  }
  return tokens;
}

int Volume::AddToken(const std::string &json) {
  last_log_error.clear();
  const int token = crypt_token_json_set(device_.get(), CRYPT_ANY_TOKEN, json.c_str());
  if (token < 0) Fail(path_.metadata() + ": the token cannot be written", token);
  return token;
}

void Volume::ReplaceToken(int token, const std::string &json) {
  last_log_error.clear();
  const int code = crypt_token_json_set(device_.get(), token, json.c_str());
  if (code < 0) {
    Fail(path_.metadata() + ": token " + std::to_string(token) + " cannot be written", code);
  }
}

void Volume::RemoveToken(int token) {
  last_log_error.clear();
  const int code = crypt_token_json_set(device_.get(), token, nullptr);
  if (code < 0) {
    Fail(path_.metadata() + ": token " + std::to_string(token) + " cannot be removed", code);
  }
}

bool Volume::OtherTokenUses(int keyslot, int token) const {
  for (int other = 0; other < crypt_token_max(CRYPT_LUKS2); ++other) {
    if (other != token && crypt_token_is_assigned(device_.get(), other, keyslot) == 0) return true;
  }
  return false;
}

std::vector<int> Volume::ActiveKeyslots() const {
  std::vector<int> active;
  for (int keyslot = 0; keyslot < crypt_keyslot_max(CRYPT_LUKS2); ++keyslot) {
    const crypt_keyslot_info info = crypt_keyslot_status(device_.get(), keyslot);
    // An unbound keyslot holds another key and does not open the volume.
    if (info == CRYPT_SLOT_ACTIVE || info == CRYPT_SLOT_ACTIVE_LAST) active.push_back(keyslot);
  }
  return active;
}

bool Volume::IsKeyslotFree(int keyslot) const {
  return crypt_keyslot_status(device_.get(), keyslot) == CRYPT_SLOT_INACTIVE;
}

bool Volume::HasFreeKeyslot() const {
  for (int keyslot = 0; keyslot < crypt_keyslot_max(CRYPT_LUKS2); ++keyslot) {
    if (IsKeyslotFree(keyslot)) return true;
  }
  return false;
}

std::vector<int> Volume::KeyslotsOf(int token) const {
  std::vector<int> keyslots;
  for (int keyslot = 0; keyslot < crypt_keyslot_max(CRYPT_LUKS2); ++keyslot) {
    if (crypt_token_is_assigned(device_.get(), token, keyslot) == 0) keyslots.push_back(keyslot);
  }
  return keyslots;
}

bool Volume::HasFreeToken() const {
  for (int token = 0; token < crypt_token_max(CRYPT_LUKS2); ++token) {
    if (crypt_token_status(device_.get(), token, nullptr) == CRYPT_TOKEN_INACTIVE) return true;
  }
  return false;
}

bool Volume::IsIgnored(int keyslot) const {
  return crypt_keyslot_get_priority(device_.get(), keyslot) == CRYPT_SLOT_PRIORITY_IGNORE;
}

bool Volume::IsOfOurForm(int keyslot) const {
  crypt_pbkdf_type pbkdf{};
  return crypt_keyslot_get_pbkdf(device_.get(), keyslot, &pbkdf) == 0 && pbkdf.type != nullptr &&
         std::string_view(pbkdf.type) == CRYPT_KDF_PBKDF2 && pbkdf.iterations == kOurIterations;
}

SecretBytes Volume::EmptyVolumeKey() const {
  return SecretBytes(static_cast<std::size_t>(crypt_get_volume_key_size(device_.get())));
}

Volume::HeaderAreas Volume::Areas() const {
  HeaderAreas areas;
  const char *json = nullptr;
  int code = crypt_dump_json(device_.get(), &json, 0);
  if (code == 0) {
    areas.json = json;
    code = crypt_get_metadata_size(device_.get(), &areas.metadata_size, &areas.keyslots_size);
  }
  if (code < 0) Fail(path_.metadata() + ": the header cannot be examined", code);
  return areas;
}

bool Volume::HasRoomForKeyslot(const Removal &gone) const {
  const HeaderAreas areas = Areas();
  // LUKS2 on-disk format 1.1.1, section 3.2: 4000 stripes of the key, in whole blocks of 4 KiB.
  constexpr std::uint64_t kStripes = 4000, kBlock = 4096;
  const auto key_size = static_cast<std::uint64_t>(crypt_get_volume_key_size(device_.get()));
  const std::uint64_t needed = (key_size * kStripes + kBlock - 1) / kBlock * kBlock;
  return KeyslotAreasSize(WithoutEntries(areas.json, gone.tokens, gone.keyslots)) + needed <=
         areas.keyslots_size;
}

std::size_t Volume::FreeMetadata(const Removal &gone) const {
  // LUKS2 on-disk format 1.1.1, section 2: the binary header has 4 KiB; the JSON area follows.
  constexpr std::size_t kBinaryHeader = 4096;
  const HeaderAreas areas = Areas();
  const std::size_t used =
      kBinaryHeader + CompactHeaderSize(WithoutEntries(areas.json, gone.tokens, gone.keyslots));
  return areas.metadata_size > used ? areas.metadata_size - used : 0;
}

Authorization Volume::AuthorizeByPassphrase(ByteView passphrase, std::optional<int> keyslot) const {
  Authorization opened{.volume_key = EmptyVolumeKey(), .passphrase = {}};
  std::size_t size = opened.volume_key.size();
  last_log_error.clear();
  opened.keyslot =
      crypt_volume_key_get(device_.get(), keyslot.value_or(CRYPT_ANY_SLOT),
                           reinterpret_cast<char *>(opened.volume_key.data()), &size,
                           reinterpret_cast<const char *>(passphrase.data()), passphrase.size());
  if (opened.keyslot == -EPERM || opened.keyslot == -ENOENT) {
    throw Error(Reason::kBadPassphrase, "the passphrase opens no keyslot of " + path_.device,
                "give one that does");
  }
  if (opened.keyslot < 0) {
    Fail(path_.device + " cannot be opened with the passphrase", opened.keyslot);
  }
  opened.volume_key.Truncate(size);
  opened.passphrase = SecretBytes::CopyOf(passphrase);
  return opened;
}

std::optional<Authorization> Volume::AuthorizeByToken() const {
  KeyslotContext any_token;
  ForgetOpenerFailure();
  const int code = crypt_keyslot_context_init_by_token(device_.get(), CRYPT_ANY_TOKEN, nullptr,
                                                       nullptr, 0, nullptr, OutPtr(any_token));
  if (code < 0) Fail("libcryptsetup failed", code);
  Authorization opened{.volume_key = EmptyVolumeKey(), .passphrase = {}};
  std::size_t size = opened.volume_key.size();
  opened.keyslot = crypt_volume_key_get_by_keyslot_context(
      device_.get(), CRYPT_ANY_SLOT, reinterpret_cast<char *>(opened.volume_key.data()), &size,
      any_token.get());
  if (opened.keyslot == -ENOMEM) throw std::bad_alloc();
  // A token that does not open is not an error here; the command status says why.
  ForgetOpenerFailure();
  if (opened.keyslot < 0) return std::nullopt;
  opened.volume_key.Truncate(size);
  return opened;
}

int Volume::AddKeyslotByToken(const SecretBytes &volume_key, int token,
                              std::optional<int> keyslot) {
  crypt_pbkdf_type pbkdf{};
  pbkdf.type = CRYPT_KDF_PBKDF2;
  pbkdf.hash = "sha256";
  pbkdf.iterations = kOurIterations;
  pbkdf.flags = CRYPT_PBKDF_NO_BENCHMARK;
  last_log_error.clear();
  ForgetOpenerFailure();
  int code = crypt_set_pbkdf_type(device_.get(), &pbkdf);
  KeyslotContext by_key;
  KeyslotContext by_token;
  if (code == 0) {
    code = crypt_keyslot_context_init_by_volume_key(device_.get(), volume_key.chars(),
                                                    volume_key.size(), OutPtr(by_key));
  }
  if (code == 0) {
    // CRYPT_ANY_TOKEN would assign the keyslot to every token of the volume.
    code = crypt_keyslot_context_init_by_token(device_.get(), token, kTokenType, nullptr, 0,
                                               nullptr, OutPtr(by_token));
  }
  if (code == 0) {
    code =
        crypt_keyslot_add_by_keyslot_context(device_.get(), CRYPT_ANY_SLOT, by_key.get(),
                                             keyslot.value_or(CRYPT_ANY_SLOT), by_token.get(), 0);
  }
  if (code < 0) Fail(path_.metadata() + ": the keyslot cannot be added", code);
  return code;
}

void Volume::CheckToken(int token) const {
  last_log_error.clear();
  ForgetOpenerFailure();
  const int code = crypt_activate_by_token(device_.get(), nullptr, token, nullptr, 0);
  if (code < 0) {
    RethrowOpenerFailure();
    throw Error(Reason::kBadPassphrase,
                "token " + std::to_string(token) + " does not open " + path_.device);
  }
}

bool Volume::PassphraseOpens(int keyslot, ByteView passphrase) const {
  return crypt_activate_by_passphrase(device_.get(), nullptr, keyslot,
                                      reinterpret_cast<const char *>(passphrase.data()),
                                      passphrase.size(), 0) >= 0;
}

void Volume::RemoveKeyslot(int keyslot) {
  last_log_error.clear();
  const int code = crypt_keyslot_destroy(device_.get(), keyslot);
  if (code < 0) {
    Fail(path_.metadata() + ": keyslot " + std::to_string(keyslot) + " cannot be removed", code);
  }
}

}  // namespace tpm2_sealed
