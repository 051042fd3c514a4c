// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/action/unlock.h"

#include <utility>

#include "lib/base/encoding.h"
#include "lib/base/error.h"
#include "lib/sealed/object_loader.h"
#include "lib/tpm/lockout.h"
#include "lib/tpm/session/negotiate.h"

namespace tpm2_sealed {

namespace {

// IMA and systemd-pcrphase extend PCRs while the system boots, and an extension of any PCR voids
// the policy session. The policy is checked this many times; five were too few where a process
// extends a PCR all the time (nosd-ima in tests/boot).
constexpr int kPolicyAttempts = 25;

// The PIN of an open: as it was typed, or what was derived from it.
struct PinOf {
  std::optional<ByteView> typed;
  std::optional<PinKeys> derived;
  const PinKeys *known = nullptr;  // derived by the caller

  bool IsThere() const { return typed.has_value() || known != nullptr; }
  // Runs argon2id at most once.
  const PinKeys *Keys(const Machine &machine, const SealedToken &token) {
    if (known != nullptr || !typed) return known;
    const TokenRecord::Pin &kdf = *token.record.pin;
    if (!derived && machine.budget) {
      machine.budget->SpendArgon2(std::uint64_t{kdf.memory_kib} * kdf.iterations);
    }
    if (!derived) derived = DerivePinKeys(*typed, kdf);
    return &*derived;
  }
};

struct Unsealed {
  SecretBytes secret;
  Protection protection;
};
enum class Obstacle { kPcrMismatch, kPlainOnly, kAuthRefused, kLockout };
using Attempt = std::variant<Unsealed, Obstacle>;

// Makes all attempts over one connection. With `plain` the session is plain from the start, as
// kPlainOnly asks.
Attempt TryUnseal(const SealedToken &token, Tpm &tpm, PinOf &pin, std::optional<OpenedKeys> keys,
                  std::optional<PlaintextPermit> plain) {
  // A damaged answer to the command before has made the connection useless: the keys are flushed
  // while it is still there, and opened again over the next one.
  if (tpm.is_spent()) keys.reset();
  const Context &context = tpm.context();
  const Machine &machine = tpm.machine();
  const Carried carried = pin.IsThere() ? Carried::kPin : Carried::kSecret;
  const SessionRules rules{.floor = token.floor, .permit = machine.permit, .carried = carried};
  ObjectLoader loader(context, token, carried);
  std::optional<SaltKey> salt_key;
  std::optional<TransientObject> object;
  if (keys) {
    salt_key = std::move(keys->salt_key);
    loader.TakeParent(std::move(keys->parent));
  }
  for (int attempt = 0; attempt < kPolicyAttempts; ++attempt) {
    if (attempt > 0 && machine.budget) machine.budget->SpendRepeat();
    // A salt key whose area was compared is used again: ESYS encrypts the salt with its own copy.
    if (!salt_key || salt_key->is_released()) salt_key = OpenSaltKey(context, token.salt_key);
    if (!object) loader.FindParent();
    auto negotiated = plain ? PolicySession::StartPlain(context, *plain)
                            : NegotiateSession<PolicySession>(context, *salt_key, rules);
    auto *session = std::get_if<PolicySession>(&negotiated);
    if (session == nullptr) return Obstacle::kPlainOnly;
    if (Replay(context, token.policy, *session) == PolicyOutcome::kPcrMismatch) {
      return Obstacle::kPcrMismatch;
    }
    if (!object) object = loader.Load(*salt_key);
    const PinKeys *pin_keys = pin.Keys(machine, token);
    const ByteView auth = pin_keys != nullptr ? pin_keys->auth_value.view() : ByteView();
    auto result = Unseal(context, *object, *session, auth);
    if (auto *secret = std::get_if<SecretBytes>(&result)) {
      return Unsealed{std::move(*secret), session->protection()};
    }
    const UnsealRefusal refusal = std::get<UnsealRefusal>(result);
    if (refusal == UnsealRefusal::kAuthRefused) return Obstacle::kAuthRefused;
    if (refusal == UnsealRefusal::kLockout) return Obstacle::kLockout;
    session->FlushNow();
  }
  throw Error(Reason::kBusy, "PCRs keep changing while the token is opened", "try again");
}

// Reads once what the PCRs hold now. If they cannot be read, the mismatch is still the reason.
Refusal Mismatch(const SealedToken &token, Tpm &tpm) {
  std::vector<ChangedPcr> changed;
  try {
    changed = ChangedPcrs(token, tpm);
  } catch (const Error &error) {
    return Failed{
        Error(Reason::kPolicyMismatch,
              "the PCRs are not what this token was sealed to, but which changed is not known (" +
                  std::string(error.what()) + ")",
              "use another passphrase; " + ReplaceRecipe(token.record, token.place))};
  }
  if (!changed.empty()) return PcrMismatch{std::move(changed)};
  return Failed{Error(Reason::kBusy, "PCRs changed while the token was opened", "try again")};
}

// Returns what the TPM allows after a refused PIN; nullopt if it does not say, since the PIN is
// known to be wrong anyway.
std::optional<Lockout> LockoutAfter(Tpm &tpm) {
  try {
    const Lockout now = ReadLockout(tpm.context());
    return now.max != 0 ? std::optional(now) : std::nullopt;
  } catch (const Error &) {
    return std::nullopt;
  }
}

// Returns the refusal for a token without a PIN whose object other software sealed.
Refusal RefusalWithoutPin(Obstacle obstacle) {
  if (obstacle == Obstacle::kLockout) {
    return Failed{Error(
        Reason::kLockout,
        "the TPM is in dictionary-attack lockout, and the sealed object is subject to it "
        "though it has no PIN: it was not made by cryptsetup-tpm2",
        "use another passphrase and wait, or reset the lockout with its authorization; enroll "
        "makes tokens without a PIN that no lockout concerns")};
  }
  return Failed{Error(
      Reason::kNotSupported,
      "the sealed object has an authorization value, and the token does not say that it comes from "
      "a PIN",
      "use another passphrase")};
}

Refusal RefusalOf(const SealedToken &token, Tpm &tpm, const PinOf &pin, Obstacle obstacle) {
  if (obstacle == Obstacle::kPcrMismatch) return Mismatch(token, tpm);
  if (!pin.IsThere()) return RefusalWithoutPin(obstacle);
  const std::optional<Lockout> now = LockoutAfter(tpm);
  if (obstacle == Obstacle::kLockout) return LockedOut{now.value_or(Lockout())};
  if (tpm.machine().budget) tpm.machine().budget->CountTry();
  return WrongPin{now};
}

std::variant<Unsealed, Refusal> UnsealToken(const SealedToken &token, Tpm &tpm, PinOf &pin,
                                            std::optional<OpenedKeys> keys) {
  Attempt attempt = TryUnseal(token, tpm, pin, std::move(keys), std::nullopt);
  const auto *obstacle = std::get_if<Obstacle>(&attempt);
  if (obstacle != nullptr && *obstacle == Obstacle::kPlainOnly) {
    tpm.Renew();
    attempt = TryUnseal(token, tpm, pin, std::nullopt, tpm.machine().permit);
    obstacle = std::get_if<Obstacle>(&attempt);
  }
  if (obstacle != nullptr) return RefusalOf(token, tpm, pin, *obstacle);
  return std::move(std::get<Unsealed>(attempt));
}

SecretBytes ToPassphrase(SecretBytes unsealed, PassphraseForm form) {
  if (form != PassphraseForm::kBase64) return unsealed;
  SecretBytes text(Base64Length(unsealed.size()));
  Base64EncodeTo(unsealed.view(), reinterpret_cast<char *>(text.data()));
  return text;
}

// Checks what can be checked before argon2id runs: nobody should wait a second to hear that he has
// to wait. Returns nullopt if the PIN may be tried.
std::optional<Refusal> CheckBeforePin(const SealedToken &token, Tpm &tpm, ByteView pin) {
  const Machine &machine = tpm.machine();
  CheckPinBytes(pin);
  CheckPinCost(*token.record.pin, machine.argon2_floor_kib);
  CheckEkName(token, machine);
  const Lockout lockout = ReadLockout(tpm.context());
  if (lockout.locked) return LockedOut{lockout};
  if (machine.budget) {
    machine.budget->CheckTry(IsCounting(lockout) ? std::optional(TriesLeft(lockout))
                                                 : std::nullopt);
  }
  return std::nullopt;
}

Outcome OpenWithout(const SealedToken &token, Tpm &tpm) {
  CheckEkName(token, tpm.machine());
  if (token.record.pin) return NeedsPin{};
  PinOf none;
  auto result = UnsealToken(token, tpm, none, std::nullopt);
  if (auto *refusal = std::get_if<Refusal>(&result)) return std::move(*refusal);
  auto &[secret, protection] = std::get<Unsealed>(result);
  return Opened{ToPassphrase(std::move(secret), token.record.passphrase), protection};
}

Outcome OpenWith(const SealedToken &token, Tpm &tpm, ByteView typed) {
  if (!token.record.pin) return OpenWithout(token, tpm);
  if (auto refusal = CheckBeforePin(token, tpm, typed)) return std::move(*refusal);
  PinOf pin{.typed = typed};
  auto result = UnsealToken(token, tpm, pin, std::nullopt);
  if (auto *refusal = std::get_if<Refusal>(&result)) return std::move(*refusal);
  const auto &[secret, protection] = std::get<Unsealed>(result);
  return Opened{PinPassphrase(secret, pin.derived->mix), protection};
}

// Turns the exceptions of the layers below into the values that callers get.
template <typename Body>
Outcome AsOutcome(Body &&body) {
  try {
    return body();
  } catch (const Error &error) {
    return Failed{error};
  }
}

}  // namespace

Outcome Open(const SealedToken &token, Tpm &tpm) {
  return AsOutcome([&] { return OpenWithout(token, tpm); });
}

Outcome Open(const SealedToken &token, Tpm &tpm, ByteView pin) {
  return AsOutcome([&] { return OpenWith(token, tpm, pin); });
}

std::variant<SecretBytes, Refusal> UnsealWith(const SealedToken &token, Tpm &tpm, OpenedKeys keys,
                                              const PinKeys *pin) {
  PinOf known{.known = pin};
  auto result = UnsealToken(token, tpm, known, std::move(keys));
  if (auto *refusal = std::get_if<Refusal>(&result)) return std::move(*refusal);
  return std::move(std::get<Unsealed>(result).secret);
}

SecretBytes UnlockInPassing(const std::string &json, Tpm &tpm) {
  const SealedToken token = SealedToken::Parse(json);
  return Require(token, Open(token, tpm)).passphrase;
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
  return Warning{warning_id::kPlaintextSession,
                 "this TPM cannot encrypt: the secret crosses the bus between CPU and TPM in the "
                 "clear, where whoever listens can read it"};
}

std::vector<ChangedPcr> ChangedPcrs(const SealedToken &token, Tpm &tpm) {
  std::vector<ChangedPcr> changed;
  const PcrValues *pcrs = token.policy.Pcrs();
  if (pcrs == nullptr) return changed;
  const PcrValues now = tpm.Pcrs(pcrs->Selection());
  for (const auto &[pcr, sealed] : pcrs->values) {
    const Bytes &value = now.values.at(pcr);
    if (value != sealed) changed.push_back({.pcr = pcr, .sealed = sealed, .now = value});
  }
  return changed;
}

std::optional<Error> WhyNotLoaded(const SealedToken &token, Tpm &tpm) {
  try {
    CheckEkName(token, tpm.machine());
    const Context &context = tpm.context();
    SaltKey salt_key = OpenSaltKey(context, token.salt_key);
    ObjectLoader loader(context, token, Carried::kSecret);
    loader.FindParent();
    (void)loader.Load(salt_key);
    return std::nullopt;
  } catch (const Error &error) {
    return error;
  }
}

}  // namespace tpm2_sealed
