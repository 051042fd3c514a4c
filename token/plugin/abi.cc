// SPDX-License-Identifier: LGPL-2.1-or-later
// The plugin: the functions that libcryptsetup calls. The contract of the host, read from
// libcryptsetup 2.6.1 to 2.8 (lib/luks2/luks2_token.c) and its libcryptsetup.h, "External LUKS2
// token":
//  - symbols are looked up with dlvsym at version CRYPTSETUP_TOKEN_1.0 (token.sym);
//  - validate runs at import and before every open and open_pin, so those see valid JSON only, yet
//    they parse it again: nothing is kept between calls;
//  - token numbers are those of an existing token; usrptr is NULL for every caller we know;
//  - what open returns in *password is given back through buffer_free;
//  - a failed open is reported by nobody but us: without -v cryptsetup stays silent.
#include <libcryptsetup.h>
#include <string.h>
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <iterator>
#include <new>
#include <numeric>
#include <string>
#include <vector>

#include "lib/action/readiness.h"
#include "lib/action/unlock.h"
#include "lib/base/budget.h"
#include "lib/base/encoding.h"
#include "lib/base/error.h"
#include "lib/base/openssl_scope.h"
#include "lib/base/utf8.h"
#include "lib/format/header_json.h"
#include "lib/sealed/pin.h"
#include "lib/sealed/sealed_token.h"
#include "lib/tpm/policy/pcr.h"
#include "token/host/fips_wish.h"
#include "token/host/reason_table.h"
#include "token/host/settings.h"
#include "token/host/tpm_wait.h"
#include "token/host/tss_log.h"
#include "token/plugin/open_pass.h"
#include "token/plugin/pin_hint.h"
#include "token/plugin/pin_tries.h"
#include "token/plugin/token_dump.h"

namespace {

using namespace tpm2_sealed;

constexpr const char *kPassedOver = "this token is not tried: use another passphrase";

// Says once in a process where the algorithms come from, if the machine asks for FIPS.
void SayFips(crypt_device *device, Fips fips) {
  static bool said = false;
  const char *notice = FipsNotice(fips);
  if (notice == nullptr || said) return;
  said = true;
  crypt_log(device, fips == Fips::kProvider ? CRYPT_LOG_VERBOSE : CRYPT_LOG_ERROR,
            (std::string("tpm2-sealed: ") + notice + "\n").c_str());
}

// Says an Error at the level that `level_of` gives it, and returns the errno for libcryptsetup.
template <typename LevelOf>
int SayError(crypt_device *device, const Error &error, LevelOf &&level_of) {
  int level = CRYPT_LOG_ERROR;
  try {
    level = level_of(error);
  } catch (const Error &) {
    // What `error` says is then shown, since nobody knows that it does not concern the user.
  }
  crypt_log(device, level, ("tpm2-sealed: " + Printable(error.Sentence()) + "\n").c_str());
  return RowOf(error.reason()).token_errno;
}

// No exception leaves the plugin. The TSS is quiet before anything calls it, and OpenSSL is
// independent of the machine's configuration.
//
// Runs `body`, which writes its outputs last. Returns 0, or the negative errno for libcryptsetup.
// `level_of` returns the CRYPT_LOG_ level that an Error is worth.
template <typename Body, typename LevelOf>
int Guard(crypt_device *device, Body &&body, LevelOf &&level_of) noexcept {
  try {
    QuietTss();
    const OpensslScope openssl(FipsWishOfMachine);
    SayFips(device, openssl.fips());
    try {
      body();
      return 0;
    } catch (const Error &error) {
      return SayError(device, error, level_of);
    }
  } catch (const std::bad_alloc &) {
    // The host then says nothing without -v, and tries no other token.
    crypt_log(device, CRYPT_LOG_ERROR, "tpm2-sealed: no memory is left\n");
    return -ENOMEM;
  } catch (...) {
    crypt_log(device, CRYPT_LOG_ERROR, "tpm2-sealed: internal error\n");
    return -ENOENT;
  }
}

// Does the same for errors that always concern the user.
template <typename Body>
int Guard(crypt_device *device, Body &&body) noexcept {
  return Guard(device, body, [](const Error &) { return CRYPT_LOG_ERROR; });
}

// Returns a copy, since the pointer is good only until libcryptsetup is called again.
std::string JsonOf(crypt_device *device, int token) {
  const char *json = nullptr;
  if (crypt_token_json_get(device, token, &json) < 0 || json == nullptr) {
    throw Error(Reason::kBadToken, "there is no token " + std::to_string(token));
  }
  return json;
}

std::string TextOf(const char *text) { return text == nullptr ? "" : text; }

std::string UuidOf(crypt_device *device) { return TextOf(crypt_get_uuid(device)); }

// Returns how often the host comes to a token in one walk: once for each priority that keyslots
// have.
int VisitsOf(crypt_device *device) {
  for (int keyslot = 0; keyslot < crypt_keyslot_max(CRYPT_LUKS2); ++keyslot) {
    if (crypt_keyslot_get_priority(device, keyslot) == CRYPT_SLOT_PRIORITY_PREFER) return 2;
  }
  return 1;
}

bool IsTriedToo(crypt_device *device, int token) {
  const char *type = nullptr;
  const crypt_token_info info = crypt_token_status(device, token, &type);
  if (info <= CRYPT_TOKEN_INACTIVE || type == nullptr || std::string_view(type) != kTokenType) {
    return false;
  }
  // The host does not try a token without a keyslot.
  for (int keyslot = 0; keyslot < crypt_keyslot_max(CRYPT_LUKS2); ++keyslot) {
    if (crypt_token_is_assigned(device, token, keyslot) == 0) return true;
  }
  return false;
}

// The host walks in the order of the header's text (lib/luks2/luks2_token.c, token_open_priority),
// which need not be the order of the numbers. The order of the numbers has to do where the text
// cannot be read, for instance because it is longer printed than the header's limit.
std::vector<int> OrderOfTokens(crypt_device *device) {
  const char *json = nullptr;
  if (crypt_dump_json(device, &json, 0) >= 0 && json != nullptr) {
    if (auto order = TokensInOrder(json)) return std::move(*order);
  }
  std::vector<int> numbers(static_cast<std::size_t>(crypt_token_max(CRYPT_LUKS2)));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

bool LaterTokenOfOurs(crypt_device *device, int token) {
  const auto is_tried = [&](int other) { return other != token && IsTriedToo(device, other); };
  // Printing and reading the whole header costs time, and is only needed to tell one from another.
  bool any = false;
  for (int other = 0; other < crypt_token_max(CRYPT_LUKS2); ++other) any = any || is_tried(other);
  if (!any) return false;
  const std::vector<int> order = OrderOfTokens(device);
  const auto here = std::ranges::find(order, token);
  return here != order.end() && std::any_of(std::next(here), order.end(), is_tried);
}

// Throws "disk.img, token 1: SENTENCE", since a machine may try several tokens of several volumes.
[[noreturn]] void ThrowFor(crypt_device *device, int token, const Error &error,
                           const std::string &hint) {
  const char *name = crypt_get_device_name(device);
  const std::string message = std::string(name == nullptr ? "volume" : name) + ", token " +
                              std::to_string(token) + ": " + error.what();
  throw Error(error.reason(), message, hint, error.concern());
}

[[noreturn]] void ThrowFor(crypt_device *device, int token, const Error &error) {
  ThrowFor(device, token, error, error.hint());
}

// A PIN that was typed, and its number among the typed ones (pin_tries.h).
struct TypedPin {
  ByteView bytes;
  unsigned number = 0;
};
// nullopt if no PIN was given.
using Pin = std::optional<TypedPin>;

Opened OpenBy(const SealedToken &token, Tpm &tpm, const Pin &pin) {
  if (pin) return Require(token, Open(token, tpm, pin->bytes));
  if (!token.record.pin) return Require(token, Open(token, tpm));
  CheckReadyForPin(token, tpm);
  // Some hosts ask for the PIN now, others only if they were told to. The sentence has to fit both.
  throw Error(Reason::kNeedPin, "it opens with its PIN",
              "where none is asked for, use 'cryptsetup open --token-only', or another passphrase");
}

// Returns the place as commands name it. The metadata device is another one only for a detached
// header.
TokenPlace PlaceOf(crypt_device *device, int token) {
  TokenPlace place{.device = TextOf(crypt_get_device_name(device)), .header = "", .token = token};
  const std::string metadata = TextOf(crypt_get_metadata_device_name(device));
  if (metadata != place.device) place.header = metadata;
  return place;
}

// Counts the time that a token takes, however its open ends.
class TimeIn {
 public:
  explicit TimeIn(Budget &budget) : budget_(budget), start_(Budget::Clock::now()) {}
  TimeIn(const TimeIn &) = delete;
  TimeIn &operator=(const TimeIn &) = delete;
  ~TimeIn() { budget_.SpendTime(Budget::Clock::now() - start_); }

 private:
  Budget &budget_;
  Budget::Clock::time_point start_;
};

SecretBytes Passphrase(crypt_device *device, int token, const Pin &pin) {
  OpenPass pass(UuidOf(device), VisitsOf(device));
  const std::shared_ptr<Budget> budget = pass.Budgeted(token, pin ? pin->number : 0);
  const TimeIn time(*budget);
  std::optional<SealedToken> sealed;
  try {
    budget->CheckTime();
    sealed = SealedToken::Parse(JsonOf(device, token));
    sealed->place = PlaceOf(device, token);
    Machine machine = LoadMachine(std::nullopt);
    machine.budget = budget;
    Tpm tpm(machine, Leftovers::kToResourceManager);
    Opened opened = OpenBy(*sealed, tpm, pin);
    pass.End();
    if (const auto warning = PlaintextWarning(opened.protection)) {
      crypt_log(device, CRYPT_LOG_ERROR,
                ("tpm2-sealed: warning: " + warning->message + "\n").c_str());
    }
    return std::move(opened.passphrase);
  } catch (const Error &error) {
    if (!sealed) ThrowFor(device, token, error);
    ThrowFor(device, token, error, WithEnrollCommand(error.hint(), sealed->record, sealed->place));
  }
}

// Ends every open with -ENOENT before any TPM command if the plugin is switched off, as if it were
// not installed.
void CheckSwitchedOn() {
  if (!IsSwitchedOff()) return;
  throw Error(Reason::kNotSupported, "rd.luks.tpm2-sealed=0: no token is opened", {},
              Concern::kDebugging);
}

// A disk that moves between machines has a token for each of them. While another token of ours is
// still to be tried, it is only a debug message that this one is not for this TPM or wants a PIN.
int LevelOf(crypt_device *device, int token, const Error &error) {
  if (error.concern() == Concern::kDebugging) return CRYPT_LOG_DEBUG;
  if (error.concern() == Concern::kWalk) {
    return OpenPass(UuidOf(device)).IsFirstToSay() ? CRYPT_LOG_ERROR : CRYPT_LOG_DEBUG;
  }
  const bool may_pass = error.reason() == Reason::kWrongTpm || error.reason() == Reason::kNeedPin;
  const bool in_passing = may_pass && LaterTokenOfOurs(device, token);
  if (in_passing && error.reason() == Reason::kNeedPin) {
    PinHint(UuidOf(device)).Keep(error.Sentence());
  }
  return in_passing ? CRYPT_LOG_DEBUG : CRYPT_LOG_ERROR;
}

// Where libcryptsetup wants the passphrase.
struct Answer {
  char **password;
  size_t *size;
};

void Give(const SecretBytes &passphrase, const Answer &answer) {
  // malloc: the host calls free() where it does not find our buffer_free.
  void *copy = std::malloc(passphrase.size());
  if (copy == nullptr) throw std::bad_alloc();
  memcpy(copy, passphrase.data(), passphrase.size());
  *answer.password = static_cast<char *>(copy);
  *answer.size = passphrase.size();
  // memcpy leaves it in vector registers, which the dynamic linker saves on the stack when the host
  // calls a function for the first time; and what was called before has left more there.
  WipeStackBelow();
}

template <typename Body>
int GuardOpen(crypt_device *device, int token, Body &&body) noexcept {
  const auto switched = [&] {
    CheckSwitchedOn();
    body();
  };
  return Guard(device, switched, [&](const Error &error) { return LevelOf(device, token, error); });
}

// Says what was put off while a later token could still open the volume.
void SayPutOff(crypt_device *device, int token, int result) {
  if (result != 0 && LaterTokenOfOurs(device, token)) return;
  const std::string hint = PinHint(UuidOf(device)).Take();
  if (result == 0 || hint.empty()) return;
  crypt_log(device, CRYPT_LOG_ERROR, ("tpm2-sealed: " + Printable(hint) + "\n").c_str());
}

int Open(crypt_device *device, int token, const Answer &answer) noexcept {
  const int result =
      GuardOpen(device, token, [&] { Give(Passphrase(device, token, std::nullopt), answer); });
  (void)Guard(device, [&] { SayPutOff(device, token, result); });
  return result;
}

bool HasPin(crypt_device *device, int token) {
  return TokenRecord::Parse(JsonOf(device, token)).pin.has_value();
}

// cryptsetup-tpm2-token(5), "PIN", lists the cases of a PIN and what each costs.
void OpenWithPin(crypt_device *device, int token, ByteView pin, const Answer &answer) {
  const int visits = VisitsOf(device);
  PinTries tries(UuidOf(device), visits);
  if (pin.empty()) {
    ThrowFor(device, token, Error(Reason::kBadPassphrase, "no PIN was given", kPassedOver));
  }
  const PinTries::Offer offer = tries.Take(token, pin);
  if (!offer.may_try) {
    (void)OpenPass(UuidOf(device), visits).Budgeted(token, offer.number);
    ThrowFor(
        device, token,
        Error(Reason::kBadPassphrase, "three wrong PINs were given", kPassedOver, Concern::kWalk));
  }
  if (offer.was_wrong) {
    (void)OpenPass(UuidOf(device), visits).Budgeted(token, offer.number);
    ThrowFor(
        device, token,
        Error(Reason::kWrongPin, "this PIN was wrong for it", "give another one", Concern::kWalk));
  }
  try {
    Give(Passphrase(device, token, TypedPin{.bytes = pin, .number = offer.number}), answer);
    tries.Forget();
  } catch (const Error &error) {
    if (error.reason() == Reason::kWrongPin) tries.CountWrong();
    throw;
  }
}

}  // namespace

#define TOKEN_ABI extern "C" [[gnu::visibility("default")]]

TOKEN_ABI const char *cryptsetup_token_version(void) { return PACKAGE_VERSION; }

TOKEN_ABI int cryptsetup_token_open(crypt_device *device, int token, char **password,
                                    size_t *password_len, void *) {
  return Open(device, token, {password, password_len});
}

// The host offers a typed PIN to every token of the volume. A token of ours without a PIN opens by
// cryptsetup_token_open or not at all, so that no TPM command is sent for somebody else's PIN.
TOKEN_ABI int cryptsetup_token_open_pin(crypt_device *device, int token, const char *pin,
                                        size_t pin_size, char **password, size_t *password_len,
                                        void *) {
  bool has_pin = false;
  const int parsed = Guard(device, [&] { has_pin = HasPin(device, token); });
  if (parsed != 0 || !has_pin) return parsed != 0 ? parsed : -ENOENT;
  const ByteView bytes(reinterpret_cast<const std::uint8_t *>(pin), pin == nullptr ? 0 : pin_size);
  return GuardOpen(device, token, [&] {
    OpenWithPin(device, token, bytes, {password, password_len});
  });
}

TOKEN_ABI void cryptsetup_token_buffer_free(void *buffer, size_t buffer_len) {
  if (buffer == nullptr) return;
  explicit_bzero(buffer, buffer_len);
  std::free(buffer);
}

TOKEN_ABI int cryptsetup_token_validate(crypt_device *device, const char *json) {
  const int result = Guard(device, [&] { (void)SealedToken::Parse(json); });
  return result == 0 || result == -ENOMEM ? result : -EINVAL;
}

TOKEN_ABI void cryptsetup_token_dump(crypt_device *device, const char *json) {
  (void)Guard(device, [&] {
    crypt_log(device, CRYPT_LOG_NORMAL, DumpText(SealedToken::Parse(json)).c_str());
  });
}

// This compares with the host's own types, so that a signature that drifts does not compile.
static_assert(std::is_convertible_v<decltype(&cryptsetup_token_open), crypt_token_open_func>);
static_assert(
    std::is_convertible_v<decltype(&cryptsetup_token_open_pin), crypt_token_open_pin_func>);
static_assert(
    std::is_convertible_v<decltype(&cryptsetup_token_buffer_free), crypt_token_buffer_free_func>);
static_assert(
    std::is_convertible_v<decltype(&cryptsetup_token_validate), crypt_token_validate_func>);
static_assert(std::is_convertible_v<decltype(&cryptsetup_token_dump), crypt_token_dump_func>);
static_assert(std::is_convertible_v<decltype(&cryptsetup_token_version), crypt_token_version_func>);
