// SPDX-License-Identifier: LGPL-2.1-or-later
// cryptsetup-tpm2 status DEVICE
#include <algorithm>

#include "lib/action/inspect.h"
#include "lib/base/encoding.h"
#include "lib/base/utf8.h"
#include "lib/base/words.h"
#include "lib/sealed/pin.h"
#include "lib/tpm/policy/lint.h"
#include "lib/tpm/policy/pcr.h"
#include "token/command/command.h"
#include "token/command/latch_choice.h"
#include "token/command/terminal.h"
#include "token/command/token_choice.h"
#include "token/host/reason_table.h"
#include "token/initramfs/boot_facts.h"

namespace tpm2_sealed {
namespace {

std::string Line(const char *name, const std::string &value) {
  std::string line = std::string("  ") + name + ":";
  line.resize(14, ' ');
  return line + Printable(value) + "\n";
}

std::string KeyText(const TokenRecord::Key &key) {
  return key.template_name +
         (key.handle ? " at " + FormatHandle(*key.handle) : std::string(", made at every open"));
}

std::string KeyslotsText(const std::vector<int> &keyslots) {
  return keyslots.empty() ? "none" : ListNumbers(keyslots);
}

// Lists every PCR, what it measures, and whether it holds what the token was sealed to.
std::string PcrText(const TokenStatus &status) {
  if (!status.record->pcrs) return Line("PCRs", "none");
  std::string text = Line("PCRs", status.record->pcrs->bank);
  for (const auto &[pcr, sealed] : status.record->pcrs->values) {
    const ChangedPcr *change = nullptr;
    for (const ChangedPcr &c : status.changed) {
      if (c.pcr == pcr) change = &c;
    }
    const bool latch = pcr == status.record->latch;
    text += "    " + std::to_string(pcr) + " (" + (latch ? "the latch" : PcrMeaning(pcr)) + ")" +
            (change == nullptr ? ""
             : latch           ? " closed:"
                               : " changed:") +
            "\n";
    text += "      sealed " + HexEncode(sealed) + "\n";
    if (change != nullptr) text += "      now    " + HexEncode(change->now) + "\n";
  }
  return text;
}

std::string DescribeMac(const std::optional<MacState> &mac) {
  if (!mac) return "there, not checked: that takes the volume key";
  if (*mac == MacState::kValid) return "valid";
  return *mac == MacState::kWrong ? "wrong"
                                  : "none: nothing proves what change-pin would take over";
}

const char *MacName(const std::optional<MacState> &mac) {
  if (!mac) return "unchecked";
  if (*mac == MacState::kValid) return "valid";
  return *mac == MacState::kWrong ? "wrong" : "none";
}

std::string Text(const TokenStatus &status) {
  std::string text = "token " + std::to_string(status.number) + "\n";
  const bool has_pin = status.record && status.record->pin;
  text += Line("opens", status.error ? "no: " + status.error->Sentence()
                        : has_pin    ? "with its PIN"
                                     : "yes");
  if (status.error && status.opens_at_boot) {
    text += Line("at boot", std::string("expected to open") + (has_pin ? " with its PIN" : "") +
                                ": only its latch is in the way; its secret cannot be tried now");
  }
  if (status.record) {
    const TokenRecord &record = *status.record;
    text += Line("keyslot", KeyslotsText(record.keyslots));
    if (!record.label.empty()) text += Line("label", record.label);
    text += Line("sealed", record.created);
    text += Line("session", record.encryption + ", salted to " + KeyText(record.salt_key));
    if (record.ek_certificate) {
      text += Line("EK vendor", record.ek_certificate->issuer + ", serial " +
                                    record.ek_certificate->serial + ", verified when sealed");
    }
    text += Line("parent", KeyText(record.parent));
    text += PcrText(status);
    text += Line("latch", record.latch ? "PCR " + std::to_string(*record.latch) : "none");
    text += Line("PIN", DescribePin(record));
    text += Line("mac", DescribeMac(status.mac));
    if (!record.replaces.empty()) {
      text += Line("replaces",
                   "another token, which may still open: run change-pin again, or remove that");
    }
    if (record.pending) text += Line("pending", "yes: an enroll was interrupted, run it again");
  }
  for (const Warning &warning : status.warnings) text += Line("warning", warning.message);
  return text;
}

std::vector<JsonOutput> ChangedJson(const std::vector<ChangedPcr> &changed) {
  std::vector<JsonOutput> list;
  for (const ChangedPcr &change : changed) {
    JsonOutput json;
    json.Set("pcr", static_cast<int>(change.pcr)).Set("measures", PcrMeaning(change.pcr));
    json.Set("sealed", HexEncode(change.sealed)).Set("now", HexEncode(change.now));
    json.Set("events", std::vector<JsonOutput>());
    list.push_back(std::move(json));
  }
  return list;
}

JsonOutput Json(const TokenStatus &status) {
  JsonOutput json;
  json.Set("token", status.number).Set("type", kTokenType);
  if (status.record) {
    json.Set("keyslots", status.record->keyslots);
    json.Set("replaces", !status.record->replaces.empty());
    json.Set("mac", MacName(status.mac));
    json.Set("label", status.record->label).Set("created", status.record->created);
    // SetTokenFields needs whole public areas, which a record alone does not promise.
    if (status.token) SetTokenFields(json, *status.record);
  }
  if (!status.error && status.record->pin) {
    json.Set("opens", "needs-pin");
  } else {
    json.Set("opens", !status.error.has_value());
  }
  json.Set("opens_at_boot", status.opens_at_boot);
  if (status.error) json.Set("error", ErrorJson(*status.error));
  json.Set("changed_pcrs", ChangedJson(status.changed));
  json.Set("warnings", WarningsJson(status.warnings));
  return json;
}

// Returns whether the token is sealed to the PCR 11 of the running system, which is not the value
// that the initramfs sees. In an initramfs, where that is no fault, nothing says that an initramfs
// opens the volume.
bool HasPcr11OfRunningSystem(const TokenStatus &status, bool in_initramfs) {
  if (!status.record || !status.record->pcrs) return false;
  const auto changed = [&](std::uint32_t pcr) {
    return std::ranges::any_of(status.changed, [=](const ChangedPcr &c) { return c.pcr == pcr; });
  };
  const bool known = !status.error || !status.changed.empty();
  const bool latch_closed = status.record->latch && changed(*status.record->latch);
  return known && (in_initramfs || latch_closed) &&
         status.record->pcrs->values.contains(kUnifiedKernelPcr) && !changed(kUnifiedKernelPcr);
}

// Returns the first token's error if no token opens, as the volume's user meets it; nullopt if one
// opens.
std::optional<Error> Failure(const std::vector<TokenStatus> &statuses, const Volume &volume) {
  for (const TokenStatus &status : statuses) {
    if (!status.error) return std::nullopt;
  }
  if (statuses.empty()) return NoTokenError(volume);
  return statuses.front().error;
}

}  // namespace

int RunStatus(const Options &options) {
  if (options.Has("initramfs")) return RunStatusInitramfs(options);
  if (options.operands().empty()) {
    throw Error(Reason::kNotSupported, "neither a device nor --initramfs is given",
                "usage: cryptsetup-tpm2 status [OPTIONS] DEVICE");
  }
  const Volume volume(DevicePathOf(options), Access::kRead);
  const Machine machine = MachineOf(options);
  const auto in_initramfs = WhyInInitramfs(ReadBootFacts(), {volume.Uuid(), volume.device()});
  Tpm tpm(machine);
  std::vector<TokenStatus> statuses = InspectAll(volume, tpm);
  for (TokenStatus &status : statuses) {
    if (in_initramfs && status.record && !status.record->latch) {
      status.warnings.push_back(NoLatchWarning(*in_initramfs));
    }
    if (HasPcr11OfRunningSystem(status, in_initramfs.has_value())) {
      status.warnings.push_back(
          {warning_id::kPcrAfterInitramfs,
           "the token is sealed to the value that PCR 11 has now, in the running system: unless "
           "nothing extends PCR 11 after the initramfs on this machine, it does not open at boot"});
    }
  }
  const std::optional<Error> failure = Failure(statuses, volume);
  if (options.Has("json")) {
    JsonOutput json;
    json.Set("ok", !failure.has_value());
    json.Set("device", volume.device()).Set("uuid", volume.Uuid());
    std::vector<JsonOutput> tokens;
    for (const TokenStatus &status : statuses) tokens.push_back(Json(status));
    json.Set("tokens", std::move(tokens));
    if (failure) json.Set("error", ErrorJson(*failure));
    WriteOut(json.Text());
  } else {
    for (const TokenStatus &status : statuses) WriteOut(Text(status));
    if (statuses.empty()) Say(failure->Sentence());
  }
  return failure ? RowOf(failure->reason()).exit_status : 0;
}

}  // namespace tpm2_sealed
