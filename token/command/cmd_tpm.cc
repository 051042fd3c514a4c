// SPDX-License-Identifier: LGPL-2.1-or-later
// cryptsetup-tpm2 tpm
#include "lib/action/describe.h"
#include "lib/base/encoding.h"
#include "lib/base/utf8.h"
#include "lib/tpm/bank_warnings.h"
#include "lib/tpm/lockout.h"
#include "token/command/command.h"
#include "token/command/terminal.h"

namespace tpm2_sealed {
namespace {

std::string Line(const char *name, const std::string &value) {
  std::string line = std::string(name) + ":";
  line.resize(14, ' ');
  return line + Printable(value) + "\n";
}

std::string YesNo(bool yes) { return yes ? "yes" : "no"; }

std::string KeysText(const char *name, const std::vector<PersistentKey> &keys) {
  std::string text;
  for (const PersistentKey &key : keys) {
    text += Line(name, std::string(key.template_name) + " at " + FormatHandle(key.handle) +
                           (key.certificate ? ", certificate at " + FormatHandle(*key.certificate)
                                            : std::string()));
  }
  return text.empty() ? Line(name, "none is persistent") : text;
}

std::string LockoutText(const Lockout &lockout) {
  std::string text =
      lockout.locked ? "locked: " + DescribeWait(lockout) : "not locked, " + DescribeTries(lockout);
  if (IsCounting(lockout)) {
    text += "; " + std::to_string(lockout.counter) + " of " + std::to_string(lockout.max) +
            " wrong tries count now, one is forgiven every " + std::to_string(lockout.interval_s) +
            " seconds";
  }
  return text + (lockout.lockout_auth_set ? "; lockoutAuth is set"
                                          : "; lockoutAuth is not set: anybody can reset this");
}

std::string Text(const TpmDescription &tpm, const std::string &tcti) {
  std::string banks;
  for (const std::string &bank : ActiveBanks(tpm.banks)) banks += (banks.empty() ? "" : " ") + bank;
  return Line("TCTI", tcti) + Line("manufacturer", tpm.identity.manufacturer) +
         Line("vendor", tpm.identity.vendor) + Line("firmware", tpm.identity.firmware) +
         Line("kind", std::string(tpm.kind.guess) + " (a guess: " + tpm.kind.reason + ")") +
         Line("aes-128-cfb", YesNo(tpm.aes_128_cfb)) + Line("xor-sha256", YesNo(tpm.xor_sha256)) +
         Line("PCR banks", banks) + KeysText("EK", tpm.keys.ek) + KeysText("SRK", tpm.keys.srk) +
         Line("room", std::to_string(tpm.persistent_free) + " more persistent keys") +
         Line("lockout", LockoutText(tpm.lockout));
}

std::vector<JsonOutput> KeysJson(const std::vector<PersistentKey> &keys) {
  std::vector<JsonOutput> list;
  for (const PersistentKey &key : keys) {
    JsonOutput json;
    json.Set("template", std::string(key.template_name)).Set("handle", FormatHandle(key.handle));
    json.Set("name", HexEncode(key.name));
    if (key.certificate) {
      json.Set("certificate", FormatHandle(*key.certificate));
    } else {
      json.SetNull("certificate");
    }
    list.push_back(std::move(json));
  }
  return list;
}

JsonOutput Json(const TpmDescription &tpm, const std::string &tcti) {
  JsonOutput kind;
  kind.Set("guess", tpm.kind.guess).Set("reason", tpm.kind.reason);
  JsonOutput lockout;
  lockout.Set("counter", tpm.lockout.counter).Set("max", tpm.lockout.max);
  lockout.Set("interval_s", tpm.lockout.interval_s);
  lockout.Set("recovery_s", tpm.lockout.recovery_s).Set("locked", tpm.lockout.locked);
  lockout.Set("lockout_auth_set", tpm.lockout.lockout_auth_set);
  JsonOutput json;
  json.Set("ok", true).Set("tcti", tcti).Set("manufacturer", tpm.identity.manufacturer);
  json.Set("vendor", tpm.identity.vendor).Set("firmware", tpm.identity.firmware);
  json.Set("kind", std::move(kind));
  json.Set("aes_128_cfb", tpm.aes_128_cfb)
      .Set("xor", tpm.xor_sha256)
      .Set("banks", ActiveBanks(tpm.banks));
  json.Set("ek", KeysJson(tpm.keys.ek)).Set("srk", KeysJson(tpm.keys.srk));
  json.Set("persistent_free", tpm.persistent_free);
  json.Set("lockout", std::move(lockout));
  json.Set("warnings", WarningsJson(BankWarnings(tpm.banks)));
  return json;
}

}  // namespace

int RunTpm(const Options &options) {
  const Machine machine = MachineOf(options);
  Tpm connection(machine);
  const TpmDescription tpm = [&] {
    const auto progress = ProgressOf(options);
    return DescribeTpm(connection);
  }();
  ReportWarnings(options, BankWarnings(tpm.banks), {});
  WriteOut(options.Has("json") ? Json(tpm, machine.tcti).Text() : Text(tpm, machine.tcti));
  return 0;
}

}  // namespace tpm2_sealed
