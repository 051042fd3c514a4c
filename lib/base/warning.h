// SPDX-License-Identifier: LGPL-2.1-or-later
// Warning: something that works, but that the admin should know about.
#pragma once

#include <string>

namespace tpm2_sealed {

struct Warning {
  std::string id;  // one of those below
  std::string message;
};

// All ids. They are for scripts, which read them in --json, and never change.
namespace warning_id {
inline constexpr const char *kCommandLineUnprotected = "command-line-unprotected";
inline constexpr const char *kEkCertificateExpired = "ek-certificate-expired";
inline constexpr const char *kInitramfsUnprotected = "initramfs-unprotected";
inline constexpr const char *kLatchDiffers = "latch-differs";
inline constexpr const char *kLatchOpen = "latch-open";
inline constexpr const char *kLatchPcr = "latch-pcr";
inline constexpr const char *kLockoutAuthEmpty = "lockout-auth-empty";
inline constexpr const char *kLockoutOff = "lockout-off";
inline constexpr const char *kMacWrong = "mac-wrong";
inline constexpr const char *kNoLatch = "no-latch";
inline constexpr const char *kNoPcrs = "no-pcrs";
inline constexpr const char *kPartialBank = "partial-bank";
inline constexpr const char *kPcrAfterInitramfs = "pcr-after-initramfs";
inline constexpr const char *kPersistentKeyGone = "persistent-key-gone";
inline constexpr const char *kPersistentKeyReplaced = "persistent-key-replaced";
inline constexpr const char *kPinControlCharacter = "pin-control-character";
inline constexpr const char *kPinKeyboard = "pin-keyboard";
inline constexpr const char *kPlaintextSession = "plaintext-session";
inline constexpr const char *kResettablePcr = "resettable-pcr";
inline constexpr const char *kShortPin = "short-pin";
inline constexpr const char *kUnextendedPcr = "unextended-pcr";
inline constexpr const char *kVolatilePcr = "volatile-pcr";
inline constexpr const char *kWeakBank = "weak-bank";
inline constexpr const char *kWeakerThanToken = "weaker-than-token";
}  // namespace warning_id

}  // namespace tpm2_sealed
