// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token/host/tcti_name.h"

namespace tpm2_sealed {
namespace {

constexpr std::string_view kRecorder = "pcap:";
// The TCTI opens this one first if its configuration is empty.
constexpr const char *kDefaultNode = "/dev/tpmrm0";

}  // namespace

std::optional<std::string> DeviceNodeOf(std::string_view tcti) {
  if (tcti.starts_with(kRecorder)) tcti.remove_prefix(kRecorder.size());
  const auto colon = tcti.find(':');
  // The loader also accepts the file name of the library.
  const std::string_view name = tcti.substr(0, colon);
  if (name != "device" && name.find("libtss2-tcti-device.so") == std::string_view::npos) {
    return std::nullopt;
  }
  if (colon == std::string_view::npos) return kDefaultNode;
  const std::string_view node = tcti.substr(colon + 1);
  return node.starts_with('/') ? std::optional(std::string(node)) : std::nullopt;
}

std::vector<std::string> TctiLibraries(std::string_view tcti) {
  std::vector<std::string> libraries;
  if (tcti.starts_with(kRecorder)) {
    libraries = TctiLibraries(kRecorder.substr(0, kRecorder.size() - 1));
    tcti.remove_prefix(kRecorder.size());
  }
  const std::string_view name = tcti.substr(0, tcti.find(':'));
  const bool is_file = name.find(".so") != std::string_view::npos;
  libraries.push_back(is_file ? std::string(name.substr(name.rfind('/') + 1))
                              : "libtss2-tcti-" + std::string(name) + ".so.0");
  return libraries;
}

}  // namespace tpm2_sealed
