// SPDX-License-Identifier: LGPL-2.1-or-later
// cryptsetup-tpm2 status DEVICE
#include "lib/base/encoding.h"
#include "lib/inspect.h"
#include "lib/pin.h"
#include "lib/tpm/pcr.h"
#include "token/boot_facts.h"
#include "token/command.h"
#include "token/latch_choice.h"
#include "token/reason_table.h"
#include "token/terminal.h"

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
  std::string text;
  for (const int keyslot : keyslots) text += (text.empty() ? "" : ", ") + std::to_string(keyslot);
  return text.empty() ? "none" : text;
}

// Every PCR, what it measures, and whether it is what the token was sealed to.
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

std::string Text(const TokenStatus &status) {
  std::string text = "token " + std::to_string(status.number) + "\n";
  const bool has_pin = status.record && status.record->pin;
  text += Line("opens", status.error ? "no: " + status.error->Sentence()
                        : has_pin    ? "with its PIN"
                                     : "yes");
  if (status.error && status.opens_at_boot) {
    text +=
        Line("at boot", has_pin ? "with its PIN, if nothing changes" : "yes, if nothing changes");
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
    if (!record.replaces.empty()) {
      text += Line("replaces", "another token, which still opens: run change-pin again");
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
    json.Set("label", status.record->label).Set("created", status.record->created);
    // Needs whole public areas, which a record alone does not promise.
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

// The first reason of one that does not open, if none does: what the volume's user meets.
std::optional<Error> Failure(const std::vector<TokenStatus> &statuses, const Volume &volume) {
  for (const TokenStatus &status : statuses) {
    if (!status.error) return std::nullopt;
  }
  if (statuses.empty()) {
    return Error(Reason::kBadToken, volume.device() + " has no token of type tpm2-sealed",
                 "make one with 'cryptsetup-tpm2 enroll'");
  }
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
  const TpmAccess access = TpmAccessOf(options);
  const auto in_initramfs = WhyInInitramfs(ReadBootFacts(), {volume.Uuid(), volume.device()});
  std::vector<TokenStatus> statuses;
  for (const TokenEntry &entry : volume.OurTokens()) {
    statuses.push_back(Inspect(volume, entry, access));
    const auto &record = statuses.back().record;
    if (in_initramfs && record && !record->latch) {
      statuses.back().warnings.push_back(NoLatchWarning(*in_initramfs));
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
