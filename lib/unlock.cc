// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/unlock.h"

#include <algorithm>

#include "lib/base/encoding.h"
#include "lib/base/error.h"
#include "lib/lockout.h"
#include "lib/tpm/ladder.h"
#include "lib/tpm/latch.h"
#include "lib/tpm/pcr.h"

namespace tpm2_sealed {

const char *const kPolicyHint =
    "use another passphrase; if the change is yours, run 'cryptsetup-tpm2 enroll' again and remove "
    "this token";

namespace {

// IMA and systemd-pcrphase extend PCRs while the system boots; any extension, of any PCR, voids the
// policy session. This often the policy is checked anew; five were too few where a process extends
// one all the time (nosd-ima in tests/boot).
constexpr int kPolicyAttempts = 25;

// The sealed object, loaded under its parent wherever that is now.
TransientObject LoadObject(const Context &context, const SealedToken &token, SaltKey &salt_key) {
  bool locked_out = false;
  std::optional<TransientObject> object;
  const auto loaded_under = [&](const ParentKey &parent) {
    auto result = token.object.Load(context, parent);
    if (auto *loaded = std::get_if<TransientObject>(&result)) {
      object = std::move(*loaded);
      return true;
    }
    locked_out |= std::get<LoadRefusal>(result) == LoadRefusal::kLockout;
    return false;
  };
  if (ConstantTimeEqual(token.parent.area.Marshalled(), token.salt_key.area.Marshalled())) {
    if (loaded_under(ParentFromSaltKey(context, salt_key))) return std::move(*object);
  } else {
    salt_key.Release();
    const auto at_handle = OpenParentAtHandle(context, token.parent);
    if (at_handle && loaded_under(*at_handle)) return std::move(*object);
    // Evicted, or another key was put there: the template gives the same key again, on the same
    // TPM.
    const auto created = CreateParent(context, token.parent);
    if (created && loaded_under(*created)) return std::move(*object);
  }
  if (locked_out) {
    throw Error(Reason::kLockout,
                "the TPM is in dictionary-attack lockout, and the token's parent key is subject to "
                "it",
                "use another passphrase and wait, or reset the lockout with its authorization");
  }
  throw Error(Reason::kWrongTpm,
              "the sealed object does not belong to this TPM, or its parent key is gone: the token "
              "belongs to another TPM, or this one was cleared",
              "use another passphrase, then enroll again");
}

// The number is the header's word; that the policy has the PCR at zero is the sealed object's.
bool IsItsLatch(const SealedToken &token, const ChangedPcr &changed) {
  return changed.pcr == token.record.latch && !IsLatchExtended(changed.sealed);
}

// A PCR mismatch in words, from what the PCRs hold now.
[[noreturn]] void ThrowPcrMismatch(const SealedToken &token, const TpmAccess &access) {
  std::vector<ChangedPcr> changed;
  try {
    changed = ChangedPcrs(token, access);
  } catch (const Error &error) {
    // The mismatch is what happened first; that it cannot be explained comes second.
    throw Error(Reason::kPolicyMismatch,
                "the PCRs are not what this token was sealed to, and which cannot be told (" +
                    std::string(error.what()) + ")",
                kPolicyHint);
  }
  if (changed.empty()) {
    throw Error(Reason::kBusy, "PCRs changed while the token was opened", "try again");
  }
  std::string latch;
  if (std::erase_if(changed, [&](const ChangedPcr &c) { return IsItsLatch(token, c); }) > 0) {
    latch = "the latch (PCR " + std::to_string(*token.record.latch) + ") is closed";
  }
  if (changed.empty()) {
    throw Error(Reason::kPolicyMismatch,
                latch + ": this token opens in the initramfs only, before the volumes are open",
                "it does so at the next boot; until then use another passphrase");
  }
  throw Error(
      Reason::kPolicyMismatch,
      DescribeChange(changed, token.record.created) + (latch.empty() ? "" : ", and " + latch),
      kPolicyHint);
}

enum class Outcome { kUnsealed, kPcrMismatch, kPlainOnly, kAuthRefused, kLockout };

// How to try it.
struct Way {
  const PinKeys *pin = nullptr;
  std::optional<PlaintextPermit> plain;  // without encryption from the start, as kPlainOnly asks
};

// One connection's try. Fills `unlocked` for kUnsealed.
Outcome TryUnseal(const SealedToken &token, const TpmAccess &access, const Way &way,
                  Unlocked &unlocked) {
  const Context context({.tcti = access.tcti,
                         .command_limit = access.command_limit,
                         .leftovers = Leftovers::kToResourceManager});
  const SessionRules rules{.floor = token.floor,
                           .permit = access.permit,
                           .carried = way.pin != nullptr ? Carried::kPin : Carried::kSecret};
  std::optional<TransientObject> object;
  for (int attempt = 0; attempt < kPolicyAttempts; ++attempt) {
    SaltKey salt_key = OpenSaltKey(context, token.salt_key);
    std::optional<PolicySession> session = way.plain
                                               ? PolicySession::StartPlain(context, *way.plain)
                                               : TryStartPolicySession(context, salt_key, rules);
    if (!session) return Outcome::kPlainOnly;
    if (Replay(context, token.policy, *session) == PolicyOutcome::kPcrMismatch) {
      return Outcome::kPcrMismatch;
    }
    if (!object) object = LoadObject(context, token, salt_key);
    const ByteView auth = way.pin != nullptr ? way.pin->auth_value.view() : ByteView();
    auto result = Unseal(context, *object, *session, auth);
    if (auto *secret = std::get_if<SecretBytes>(&result)) {
      unlocked = {std::move(*secret), session->protection()};
      return Outcome::kUnsealed;
    }
    const UnsealRefusal refusal = std::get<UnsealRefusal>(result);
    if (refusal == UnsealRefusal::kAuthRefused) return Outcome::kAuthRefused;
    if (refusal == UnsealRefusal::kLockout) return Outcome::kLockout;
    session->FlushNow();
  }
  throw Error(Reason::kBusy, "PCRs keep changing while the token is opened", "try again");
}

// An object that other software gave an authValue that is no PIN of ours.
[[noreturn]] void ThrowAuthSet() {
  throw Error(Reason::kNotSupported,
              "the sealed object has an authorization value, and the token does not say that it "
              "comes from a PIN",
              "use another passphrase");
}

[[noreturn]] void ThrowWrongPin(const TpmAccess &access, Outcome outcome) {
  Lockout now;
  try {
    now = ReadLockout(access);
  } catch (const Error &) {
    // That the PIN was wrong is known all the same.
  }
  if (outcome == Outcome::kLockout) throw LockoutError(now);
  const bool told = now.max != 0;
  std::string message = "wrong PIN";
  if (told) message += now.locked ? ", and the TPM is locked now" : ", " + DescribeTries(now);
  throw Error(Reason::kWrongPin, message,
              now.locked ? DescribeWait(now) + ", or use another passphrase"
                         : "give the right one or another passphrase");
}

SecretBytes ToPassphrase(SecretBytes unsealed, PassphraseForm form) {
  if (form != PassphraseForm::kBase64) return unsealed;
  SecretBytes text(Base64Length(unsealed.size()));
  Base64EncodeTo(unsealed.view(), reinterpret_cast<char *>(text.data()));
  return text;
}

}  // namespace

Unlocked Unlock(const SealedToken &token, const TpmAccess &access) {
  CheckEkName(token, access);
  if (token.record.pin) {
    throw Error(Reason::kNeedPin, "the token opens with a PIN only", "give its PIN");
  }
  Unlocked unlocked;
  Outcome outcome = TryUnseal(token, access, {}, unlocked);
  if (outcome == Outcome::kPlainOnly) {
    outcome = TryUnseal(token, access, {.plain = access.permit}, unlocked);
  }
  if (outcome == Outcome::kPcrMismatch) ThrowPcrMismatch(token, access);
  if (outcome != Outcome::kUnsealed) ThrowAuthSet();
  unlocked.passphrase = ToPassphrase(std::move(unlocked.passphrase), token.record.passphrase);
  return unlocked;
}

Unlocked Unlock(const SealedToken &token, const TpmAccess &access, ByteView pin) {
  if (!token.record.pin) return Unlock(token, access);
  CheckPinBytes(pin);
  CheckPinCost(*token.record.pin, access.argon2_floor_kib);
  CheckEkName(token, access);
  // Before argon2id: nobody waits a second to hear that he has to wait.
  if (const Lockout lockout = ReadLockout(access); lockout.locked) throw LockoutError(lockout);
  const PinKeys keys = DerivePinKeys(pin, *token.record.pin);
  Unlocked unlocked;
  const Outcome outcome = TryUnseal(token, access, {.pin = &keys}, unlocked);
  if (outcome == Outcome::kPcrMismatch) ThrowPcrMismatch(token, access);
  if (outcome != Outcome::kUnsealed) ThrowWrongPin(access, outcome);
  unlocked.passphrase = PinPassphrase(unlocked.passphrase, keys.mix);
  return unlocked;
}

SecretBytes UnlockNew(const std::string &json, const TpmAccess &access, const NewPin *pin) {
  const SealedToken token = SealedToken::Parse(json);
  // By its salt: another token's PIN is not tried, which would cost a try.
  const bool is_new = pin != nullptr && token.record.pin && token.record.pin->salt == pin->kdf.salt;
  return is_new ? Unlock(token, access, pin->pin.view()).passphrase
                : Unlock(token, access).passphrase;
}

void CheckEkName(const SealedToken &token, const TpmAccess &access) {
  if (!access.ek_name) return;
  if (ConstantTimeEqual(token.salt_key.area.Name(), *access.ek_name)) return;
  throw Error(Reason::kWrongTpm,
              "the token's salt key is not the one that ek-name in the configuration demands",
              "the token may have been altered: use another passphrase, then enroll again");
}

std::optional<Warning> PlaintextWarning(Protection protection) {
  if (protection) return std::nullopt;
  return Warning{kPlaintextWarning,
                 "this TPM cannot encrypt: the secret crosses the bus between CPU and TPM in the "
                 "clear, where whoever listens can read it"};
}

std::vector<ChangedPcr> ChangedPcrs(const SealedToken &token, const TpmAccess &access) {
  std::vector<ChangedPcr> changed;
  if (!token.policy.pcrs) return changed;
  const Context context({.tcti = access.tcti, .command_limit = access.command_limit});
  const PcrValues now = ReadPcrs(context, token.policy.pcrs->Selection());
  for (const auto &[pcr, sealed] : token.policy.pcrs->values) {
    const Bytes &value = now.values.at(pcr);
    if (value != sealed) changed.push_back({.pcr = pcr, .sealed = sealed, .now = value});
  }
  return changed;
}

bool OnlyLatchChanged(const SealedToken &token, const std::vector<ChangedPcr> &changed) {
  return changed.size() == 1 && IsItsLatch(token, changed.front());
}

void CheckLoads(const SealedToken &token, const TpmAccess &access) {
  CheckEkName(token, access);
  const Context context({.tcti = access.tcti, .command_limit = access.command_limit});
  SaltKey salt_key = OpenSaltKey(context, token.salt_key);
  (void)LoadObject(context, token, salt_key);
}

std::string DescribeChange(const std::vector<ChangedPcr> &changed, const std::string &created) {
  std::string text = changed.size() == 1 ? "PCR " : "PCRs ";
  for (std::size_t i = 0; i < changed.size(); ++i) {
    if (i > 0) text += i + 1 == changed.size() ? " and " : ", ";
    text += std::to_string(changed[i].pcr) + " (" + PcrMeaning(changed[i].pcr) + ")";
  }
  // "2026-11-22T10:00:00Z": the day is what people remember.
  return text + " changed since this token was sealed on " + created.substr(0, 10);
}

}  // namespace tpm2_sealed
