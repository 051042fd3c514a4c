// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/fuzz/tpm_actions.h"

#include <map>

#include "lib/action/describe.h"
#include "lib/action/readiness.h"
#include "lib/action/seal.h"
#include "lib/base/config.h"
#include "lib/tpm/policy/latch.h"

namespace tpm2_sealed::fuzz {
namespace {

// So little memory that a guess costs nothing: the derivation is not what is fuzzed.
constexpr std::uint32_t kMemoryKib = 8;

Machine AccessTo(const std::string &tcti) { return {.tcti = tcti, .argon2_floor_kib = kMemoryKib}; }

Machine Permitting(const std::string &tcti) {
  Machine machine = AccessTo(tcti);
  machine.permit = ParseConfig("plaintext-sessions = if-unsupported", "a.conf").Permit();
  return machine;
}

ByteView ViewOf(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()};
}

// Parsed once: how a token is parsed does not hang on the TPM.
const SealedToken &Parsed(const std::string &json) {
  static std::map<std::string, SealedToken> parsed;
  const auto found = parsed.find(json);
  if (found != parsed.end()) return found->second;
  return parsed.emplace(json, SealedToken::Parse(json)).first->second;
}

Bytes Open(const std::string &json, const Machine &machine) {
  const SealedToken &token = Parsed(json);
  Tpm tpm(machine, Leftovers::kToResourceManager);
  const Opened opened = Require(token, Open(token, tpm, ViewOf(kPin)));
  const ByteView passphrase = opened.passphrase.view();
  return Bytes(passphrase.begin(), passphrase.end());
}

SealRequest RequestFor(const char *salt_key, Persist persist) {
  SealRequest request;
  request.keys = {.salt_key = KeyChoice::ParseSaltKey(salt_key),
                  .parent = KeyChoice::ParseParent("srk-ecc-p256"),
                  .persist = persist,
                  .ek_ca = nullptr};
  request.pcrs = PcrSelection::Parse("0+7", "sha256");
  request.latch = LatchPcr{.bank = "sha256", .pcr = 15};
  request.floor = Protection::kPlain;
  return request;
}

std::shared_ptr<const NewPin> CheapPin() {
  NewPin pin{.pin = SecretBytes::CopyOf(ViewOf(kPin)), .kdf = {}, .keys = {}};
  pin.kdf = {.memory_kib = kMemoryKib, .iterations = 3, .salt = Bytes(32, 0x5a)};
  pin.keys = DerivePinKeys(ViewOf(kPin), pin.kdf);
  return std::make_shared<const NewPin>(std::move(pin));
}

TokenRecord SealAs(const SealRequest &request, Tpm &tpm) {
  const ChosenKeys keys = PrepareKeys(tpm, request.keys);
  const auto pcrs = TargetPcrs(tpm, request);
  const Sealer sealer(tpm, keys, request);
  return sealer.Seal(request, pcrs, SecretBytes::CopyOf(ViewOf(kSealed)));
}

void SealAnew(const Machine &machine) {
  Tpm tpm(machine);
  const SealRequest request = RequestFor("auto", Persist::kWherePossible);
  const ChosenKeys keys = PrepareKeys(tpm, request.keys);
  const auto pcrs = TargetPcrs(tpm, request);
  const Sealer sealer(tpm, keys, request);
  const SecretBytes secret = sealer.FreshSecret();
  (void)WithWarnings(tpm, sealer.Seal(request, pcrs, secret), keys, request);
}

// Trusts nobody: the certificate is read and looked at, and then refused.
void SealCertified(const Machine &machine) {
  Tpm tpm(machine);
  SealRequest request = RequestFor("auto", Persist::kNever);
  request.keys.ek_ca = std::make_shared<const CertificateAuthorities>();
  (void)PrepareKeys(tpm, request.keys);
}

void CheckReady(const SealedToken &token, const Machine &machine) {
  Tpm tpm(machine);
  CheckReadyForPin(token, tpm);
}

void CheckLoads(const SealedToken &token, const Machine &machine) {
  Tpm tpm(machine);
  if (const auto why = WhyNotLoaded(token, tpm)) throw Error(*why);
}

void Describe(const Machine &machine) {
  Tpm tpm(machine);
  (void)DescribeTpm(tpm);
}

void Latch(const Machine &machine) {
  // A TPM that is always busy is left soon.
  (void)CloseLatch({.tcti = machine.tcti, .command_limit = std::chrono::seconds(1)}, 15);
}

// As one of a TPM that could not do better.
std::string WithFloor(std::string json, std::string_view floor) {
  constexpr std::string_view kMade = "aes-128-cfb";
  return json.replace(json.find(kMade), kMade.size(), floor);
}

std::string TokenOf(Action action, const Tokens &tokens) {
  switch (action) {
    case Action::kOpenRsa:
      return tokens.rsa;
    case Action::kOpenPin:
    case Action::kReady:
      return tokens.pin;
    case Action::kOpenXor:
      return WithFloor(tokens.ecc, "xor-sha256");
    case Action::kOpenPlain:
    case Action::kOpenForbidden:
      return WithFloor(tokens.ecc, "none");
    default:
      return tokens.ecc;
  }
}

}  // namespace

std::optional<Bytes> Run(Action action, const Tokens &tokens, const std::string &tcti) {
  const std::string json = TokenOf(action, tokens);
  switch (action) {
    case Action::kOpenEcc:
    case Action::kOpenRsa:
    case Action::kOpenPin:
    case Action::kOpenXor:
    case Action::kOpenForbidden:
      return Open(json, AccessTo(tcti));
    case Action::kOpenPlain:
      return Open(json, Permitting(tcti));
    case Action::kReady:
      CheckReady(Parsed(json), AccessTo(tcti));
      break;
    case Action::kLoads:
      CheckLoads(Parsed(json), AccessTo(tcti));
      break;
    case Action::kDescribe:
      Describe(AccessTo(tcti));
      break;
    case Action::kSeal:
      SealAnew(AccessTo(tcti));
      break;
    case Action::kCertified:
      SealCertified(AccessTo(tcti));
      break;
    case Action::kLatch:
      Latch(AccessTo(tcti));
      break;
  }
  return std::nullopt;
}

Bytes PassphraseOf(Action action, const Tokens &tokens) {
  const ByteView sealed = ViewOf(kSealed);
  if (action != Action::kOpenPin) return Bytes(sealed.begin(), sealed.end());
  const TokenRecord record = TokenRecord::Parse(tokens.pin);
  const PinKeys keys = DerivePinKeys(ViewOf(kPin), *record.pin);
  const SecretBytes mixed = PinPassphrase(SecretBytes::CopyOf(sealed), keys.mix);
  return Bytes(mixed.data(), mixed.data() + mixed.size());
}

Tokens MakeTokens(const std::string &tcti) {
  const Machine machine = AccessTo(tcti);
  Tpm tpm(machine);
  SealRequest request = RequestFor("ek-ecc-p256", Persist::kWherePossible);
  Tokens tokens;
  tokens.ecc = SealAs(request, tpm).ToJson();
  request.pin = CheapPin();
  tokens.pin = SealAs(request, tpm).ToJson();
  SealRequest rsa = RequestFor("ek-rsa-2048", Persist::kNever);
  tokens.rsa = SealAs(rsa, tpm).ToJson();
  return tokens;
}

}  // namespace tpm2_sealed::fuzz
