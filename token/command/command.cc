// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/command/command.h"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "lib/base/encoding.h"
#include "lib/base/error.h"
#include "lib/base/utf8.h"
#include "token/command/ca_directory.h"
#include "token/command/terminal.h"
#include "token/host/settings.h"
#include "token/host/tss_log.h"

namespace tpm2_sealed {
namespace {

// The pcap TCTI appends to a file that an environment variable names. This function creates the
// file, private and new, since a path that exists may be the volume itself. The variable names the
// file by its descriptor, since the path could be another file by then if it is in somebody else's
// directory.
void PrepareTrace(const std::string &path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    throw Error(Reason::kBadDevice,
                "the trace " + path + " cannot be made (" + std::strerror(errno) + ")",
                "choose a file that does not exist yet");
  }
  // The descriptor stays open until the program ends.
  const std::string by_descriptor = "/proc/self/fd/" + std::to_string(fd);
  if (::access(by_descriptor.c_str(), W_OK) != 0) {
    throw Error(Reason::kNotSupported, "--trace needs /proc, which is not mounted", "mount it");
  }
  (void)::setenv("TCTI_PCAP_FILE", by_descriptor.c_str(), 1);
}

std::map<std::uint32_t, Bytes> ExpectedPcrs(const std::vector<std::string> &values) {
  std::map<std::uint32_t, Bytes> expected;
  for (const std::string &text : values) {
    const auto equals = text.find('=');
    const auto pcr = ParseDecimal(std::string_view(text).substr(0, equals), kPcrCount - 1);
    const auto value = equals == std::string::npos
                           ? std::nullopt
                           : HexDecode(std::string_view(text).substr(equals + 1));
    if (!pcr || !value || value->empty()) {
      throw Error(Reason::kNotSupported, "--pcr-values '" + text + "' is not of the form 7=HEX",
                  "give a PCR number, '=' and the value in hex");
    }
    if (!expected.emplace(*pcr, *value).second) {
      throw Error(Reason::kNotSupported, "two values are given for PCR " + std::to_string(*pcr),
                  "give one");
    }
  }
  return expected;
}

}  // namespace

Machine MachineOf(const Options &options) {
  QuietTss();
  Machine machine = LoadMachine(options.Get("tcti"));
  if (const auto trace = options.Get("trace")) {
    PrepareTrace(*trace);
    machine.tcti = "pcap:" + machine.tcti;
  }
  return machine;
}

void AllowPlaintext(const Options &options, const KeyRequest &keys, Tpm &tpm, Machine &machine) {
  if (!options.Has("allow-plaintext") || machine.permit) return;
  KeyRequest look_only = keys;
  look_only.persist = Persist::kNever;
  if (CanEncrypt(tpm, PrepareKeys(tpm, look_only))) {
    Report(options, "this TPM encrypts its sessions and needs no consent: nothing is permitted");
    return;
  }
  if (PermitPlaintextInFile()) {
    Report(options, "added 'plaintext-sessions = if-unsupported' to " + ConfigFileName() +
                        ": if the volume is opened at boot, rebuild the initramfs now");
  }
  machine.permit = LoadMachine(options.Get("tcti")).permit;
}

DevicePath DevicePathOf(const Options &options) {
  // An empty variable in a script must not turn a detached header into the device's own.
  if (options.Get("header") == "") {
    throw Error(Reason::kNotSupported, "--header is empty", "name the file with the header");
  }
  return {.device = options.operands().at(0), .header = options.Get("header").value_or("")};
}

SealRequest SealRequestOf(const Options &options) {
  SealRequest request;
  request.floor = Protection::kPlain;  // the configuration decides
  request.keys.salt_key = KeyChoice::ParseSaltKey(options.Get("salt-key").value_or("auto"));
  request.keys.parent = KeyChoice::ParseParent(options.Get("parent").value_or("auto"));
  request.keys.persist = options.Has("no-persist") ? Persist::kNever : Persist::kWherePossible;
  if (const auto directory = options.Get("ek-ca")) {
    request.keys.ek_ca = ReadCaDirectory(options, *directory);
  }
  const auto pcrs = options.Get("pcrs");
  if (options.Has("no-pcrs") && (pcrs || options.Has("pcr-values"))) {
    throw Error(Reason::kNotSupported, "--no-pcrs does not go with --pcrs or --pcr-values",
                "choose one");
  }
  if (options.Has("no-pcrs") && options.Has("bank") && !options.Has("latch")) {
    throw Error(Reason::kNotSupported, "--no-pcrs does not go with --bank",
                "choose one; without PCRs, --bank needs an explicit --latch");
  }
  if (pcrs && pcrs->empty()) {
    throw Error(Reason::kNotSupported, "no PCR is chosen", "say --no-pcrs if that is meant");
  }
  if (!options.Has("no-pcrs")) {
    request.pcrs = PcrSelection::Parse(pcrs.value_or(std::to_string(kDefaultPcr)),
                                       options.Get("bank").value_or(std::string(kDefaultBank)));
  }
  request.expected_pcrs = ExpectedPcrs(options.GetAll("pcr-values"));
  request.label = options.Get("label").value_or("");
  request.force = options.Has("force") ? Force::kYes : Force::kNo;
  if (request.label.size() > 256 || !IsUtf8(request.label)) {
    throw Error(Reason::kNotSupported, "the label is longer than 256 bytes or no UTF-8 text",
                "choose another");
  }
  return request;
}

Progress ProgressOf(const Options &options) {
  return Progress(options.Has("quiet") ? nullptr
                                       : "cryptsetup-tpm2: working; RSA keys can take the TPM many "
                                         "seconds\n");
}

}  // namespace tpm2_sealed
