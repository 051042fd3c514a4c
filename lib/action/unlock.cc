// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/action/unlock.h"

#include <algorithm>

#include "lib/base/encoding.h"
#include "lib/base/error.h"
#include "lib/base/words.h"
#include "lib/sealed/object_loader.h"
#include "lib/tpm/lockout.h"
#include "lib/tpm/policy/latch.h"
#include "lib/tpm/policy/pcr.h"
#include "lib/tpm/session/negotiate.h"

namespace tpm2_sealed {

namespace {

// IMA and systemd-pcrphase extend PCRs while the system boots; any extension, of any PCR, voids the
// policy session. This often the policy is checked anew; five were too few where a process extends
// one all the time (nosd-ima in tests/boot).
constexpr int kPolicyAttempts = 25;

// The number is the header's word; that the policy has the PCR at zero is the sealed object's.
bool IsItsLatch(const SealedToken &token, const ChangedPcr &changed) {
  return changed.pcr == token.record.latch && !IsLatchExtended(changed.sealed);
}

// A PCR mismatch in words, from what the PCRs hold now.
[[noreturn]] void ExplainPcrMismatch(const SealedToken &token, const Machine &machine) {
  std::vector<ChangedPcr> changed;
  try {
    changed = ChangedPcrs(token, machine);
  } catch (const Error &error) {
    // The mismatch is what happened first; that it cannot be explained comes second.
    throw Error(Reason::kPolicyMismatch,
                "the PCRs are not what this token was sealed to, and which cannot be told (" +
                    std::string(error.what()) + ")",
                PolicyHint(token));
  }
  if (changed.empty()) {
    throw Error(Reason::kBusy, "PCRs changed while the token was opened", "try again");
  }
  ThrowPcrMismatch(token, std::move(changed));
}

enum class Outcome { kUnsealed, kPcrMismatch, kPcrChanged, kPlainOnly, kAuthRefused, kLockout };

// How to try it.
struct Way {
  const ByteView *pin = nullptr;
  std::optional<PlaintextPermit> plain;  // without encryption from the start, as kPlainOnly asks
};

// What comes of it.
struct Opened {
  std::optional<Unlocked> unlocked;
  std::optional<PinKeys> keys;  // of the PIN, once it came to that
};

PinKeys DeriveWithin(const Machine &machine, ByteView pin, const TokenRecord::Pin &kdf) {
  if (machine.budget) machine.budget->SpendArgon2(std::uint64_t{kdf.memory_kib} * kdf.iterations);
  return DerivePinKeys(pin, kdf);
}

[[noreturn]] void ThrowPcrsChanging() {
  throw Error(Reason::kBusy, "PCRs keep changing while the token is opened", "try again");
}

// One connection's try; kPcrChanged: with a PIN, another connection's may do. Fills `opened` for
// kUnsealed.
Outcome TryUnseal(const SealedToken &token, const Machine &machine, const Way &way,
                  Opened &opened) {
  const Context context = machine.Connect(Leftovers::kToResourceManager);
  const Carried carried = way.pin != nullptr ? Carried::kPin : Carried::kSecret;
  const SessionRules rules{.floor = token.floor, .permit = machine.permit, .carried = carried};
  ObjectLoader loader(context, token, carried);
  std::optional<SaltKey> salt_key;
  std::optional<TransientObject> object;
  for (int attempt = 0; attempt < kPolicyAttempts; ++attempt) {
    if (attempt > 0 && machine.budget) machine.budget->SpendRepeat();
    // Once its area was compared it is used again: ESYS encrypts the salt with its own copy.
    if (!salt_key || salt_key->is_released()) salt_key = OpenSaltKey(context, token.salt_key);
    if (!object) loader.FindParent();
    auto negotiated = way.plain ? PolicySession::StartPlain(context, *way.plain)
                                : NegotiateSession<PolicySession>(context, *salt_key, rules);
    auto *session = std::get_if<PolicySession>(&negotiated);
    if (session == nullptr) return Outcome::kPlainOnly;
    if (Replay(context, token.policy, *session) == PolicyOutcome::kPcrMismatch) {
      return Outcome::kPcrMismatch;
    }
    if (!object) object = loader.Load(*salt_key);
    if (way.pin != nullptr && !opened.keys) {
      opened.keys = DeriveWithin(machine, *way.pin, *token.record.pin);
    }
    const ByteView auth = opened.keys ? opened.keys->auth_value.view() : ByteView();
    auto result = Unseal(context, *object, *session, auth);
    if (auto *secret = std::get_if<SecretBytes>(&result)) {
      opened.unlocked = Unlocked{std::move(*secret), session->protection()};
      return Outcome::kUnsealed;
    }
    const UnsealRefusal refusal = std::get<UnsealRefusal>(result);
    if (refusal == UnsealRefusal::kAuthRefused) return Outcome::kAuthRefused;
    if (refusal == UnsealRefusal::kLockout) return Outcome::kLockout;
    // Making ESYS forget the authValue has left it unable to send anything (esys_memory.cc).
    if (way.pin != nullptr) return Outcome::kPcrChanged;
    session->FlushNow();
  }
  ThrowPcrsChanging();
}

// With a PIN: a connection for each time that the policy is checked, and argon2id once.
Outcome TryUnsealWithPin(const SealedToken &token, const Machine &machine, ByteView pin,
                         Opened &opened) {
  for (int attempt = 0; attempt < kPolicyAttempts; ++attempt) {
    if (attempt > 0 && machine.budget) machine.budget->SpendRepeat();
    const Outcome outcome = TryUnseal(token, machine, {.pin = &pin}, opened);
    if (outcome != Outcome::kPcrChanged) return outcome;
  }
  ThrowPcrsChanging();
}

// An object that other software gave an authValue that is no PIN of ours.
[[noreturn]] void ThrowAuthSet() {
  throw Error(Reason::kNotSupported,
              "the sealed object has an authorization value, and the token does not say that it "
              "comes from a PIN",
              "use another passphrase");
}

// An object without a PIN that other software sealed under dictionary-attack protection.
[[noreturn]] void ThrowObjectLocked() {
  throw Error(
      Reason::kLockout,
      "the TPM is in dictionary-attack lockout, and the sealed object is subject to it "
      "though it has no PIN: it was not made by cryptsetup-tpm2",
      "use another passphrase and wait, or reset the lockout with its authorization; enroll "
      "makes tokens without a PIN that no lockout concerns");
}

[[noreturn]] void ThrowWrongPin(const Machine &machine, Outcome outcome) {
  Lockout now;
  try {
    now = ReadLockout(machine.Connect());
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

Unlocked Unlock(const SealedToken &token, const Machine &machine) {
  CheckEkName(token, machine);
  if (token.record.pin) {
    throw Error(Reason::kNeedPin, "the token opens with a PIN only", "give its PIN");
  }
  Opened opened;
  Outcome outcome = TryUnseal(token, machine, {}, opened);
  if (outcome == Outcome::kPlainOnly) {
    outcome = TryUnseal(token, machine, {.plain = machine.permit}, opened);
  }
  if (outcome == Outcome::kPcrMismatch) ExplainPcrMismatch(token, machine);
  if (outcome == Outcome::kLockout) ThrowObjectLocked();
  if (outcome != Outcome::kUnsealed) ThrowAuthSet();
  Unlocked &unlocked = *opened.unlocked;
  unlocked.passphrase = ToPassphrase(std::move(unlocked.passphrase), token.record.passphrase);
  return std::move(unlocked);
}

Unlocked Unlock(const SealedToken &token, const Machine &machine, ByteView pin) {
  if (!token.record.pin) return Unlock(token, machine);
  CheckPinBytes(pin);
  CheckPinCost(*token.record.pin, machine.argon2_floor_kib);
  CheckEkName(token, machine);
  // Before argon2id: nobody waits a second to hear that he has to wait.
  const Lockout lockout = ReadLockout(machine.Connect());
  if (lockout.locked) throw LockoutError(lockout);
  if (machine.budget) {
    machine.budget->CheckTry(IsCounting(lockout) ? std::optional(TriesLeft(lockout))
                                                 : std::nullopt);
  }
  Opened opened;
  const Outcome outcome = TryUnsealWithPin(token, machine, pin, opened);
  if (outcome == Outcome::kPcrMismatch) ExplainPcrMismatch(token, machine);
  if (outcome == Outcome::kAuthRefused && machine.budget) machine.budget->CountTry();
  if (outcome != Outcome::kUnsealed) ThrowWrongPin(machine, outcome);
  Unlocked &unlocked = *opened.unlocked;
  unlocked.passphrase = PinPassphrase(unlocked.passphrase, opened.keys->mix);
  return std::move(unlocked);
}

SecretBytes UnlockNew(const std::string &json, const Machine &machine, const NewPin *pin) {
  const SealedToken token = SealedToken::Parse(json);
  // By its salt: another token's PIN is not tried, which would cost a try.
  const bool is_new = pin != nullptr && token.record.pin && token.record.pin->salt == pin->kdf.salt;
  return is_new ? Unlock(token, machine, pin->pin.view()).passphrase
                : Unlock(token, machine).passphrase;
}

void ThrowPcrMismatch(const SealedToken &token, std::vector<ChangedPcr> changed) {
  std::string latch;
  if (std::erase_if(changed, [&](const ChangedPcr &c) { return IsItsLatch(token, c); }) > 0) {
    latch = "the latch (PCR " + std::to_string(*token.record.latch) + ") is closed";
  }
  if (changed.empty()) {
    throw Error(Reason::kPolicyMismatch,
                latch + ": this token opens in the initramfs only, before the volumes are open",
                std::string("it does so at the next boot") +
                    (token.record.pin ? ", with its PIN" : "") +
                    "; until then use another passphrase");
  }
  throw Error(
      Reason::kPolicyMismatch,
      DescribeChange(changed, token.record.created) + (latch.empty() ? "" : ", and " + latch),
      PolicyHint(token));
}

std::string PolicyHint(const SealedToken &token) {
  return "use another passphrase; " + ReplaceRecipe(token.record, token.place);
}

void CheckEkName(const SealedToken &token, const Machine &machine) {
  if (!machine.ek_name) return;
  if (ConstantTimeEqual(token.salt_key.area.Name(), *machine.ek_name)) return;
  throw Error(Reason::kWrongTpm,
              "the token's salt key is not the one that ek-name in the configuration demands",
              "the token may have been altered: use another passphrase, then enroll again");
}

std::optional<Warning> PlaintextWarning(Protection protection) {
  if (protection != Protection::kPlain) return std::nullopt;
  return Warning{kPlaintextWarning,
                 "this TPM cannot encrypt: the secret crosses the bus between CPU and TPM in the "
                 "clear, where whoever listens can read it"};
}

std::vector<ChangedPcr> ChangedPcrs(const SealedToken &token, const Machine &machine) {
  std::vector<ChangedPcr> changed;
  const PcrValues *pcrs = token.policy.Pcrs();
  if (pcrs == nullptr) return changed;
  const Context context = machine.Connect();
  const PcrValues now = ReadPcrs(context, pcrs->Selection());
  for (const auto &[pcr, sealed] : pcrs->values) {
    const Bytes &value = now.values.at(pcr);
    if (value != sealed) changed.push_back({.pcr = pcr, .sealed = sealed, .now = value});
  }
  return changed;
}

bool OnlyLatchChanged(const SealedToken &token, const std::vector<ChangedPcr> &changed) {
  return changed.size() == 1 && IsItsLatch(token, changed.front());
}

void CheckLoads(const SealedToken &token, const Machine &machine) {
  CheckEkName(token, machine);
  const Context context = machine.Connect();
  SaltKey salt_key = OpenSaltKey(context, token.salt_key);
  ObjectLoader loader(context, token, Carried::kSecret);
  loader.FindParent();
  (void)loader.Load(salt_key);
}

std::string DescribeChange(const std::vector<ChangedPcr> &changed, const std::string &created) {
  std::vector<std::string> pcrs;
  for (const ChangedPcr &c : changed) {
    pcrs.push_back(std::to_string(c.pcr) + " (" + PcrMeaning(c.pcr) + ")");
  }
  // "2026-11-22T10:00:00Z": the day is what people remember.
  return (pcrs.size() == 1 ? "PCR " : "PCRs ") + JoinWords(pcrs) +
         " changed since this token was sealed on " + created.substr(0, 10);
}

}  // namespace tpm2_sealed
