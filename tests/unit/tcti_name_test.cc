// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows which TCTI strings lead to a device node, and what libraries they need in an initramfs.
#include "token/host/tcti_name.h"

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

void OnlyADeviceHasANode() {
  const auto node = [](const char *tcti) { return DeviceNodeOf(tcti).value_or("none"); };
  ExpectText(node("device:/dev/tpmrm0"), "/dev/tpmrm0");
  ExpectText(node("pcap:device:/dev/tpm0"), "/dev/tpm0");
  ExpectText(node("libtss2-tcti-device.so.0:/dev/tpmrm1"), "/dev/tpmrm1");
  ExpectText(node("/usr/lib/libtss2-tcti-device.so:/dev/tpmrm0"), "/dev/tpmrm0");
  ExpectText(node("device"), "/dev/tpmrm0");
  ExpectText(node("pcap:device"), "/dev/tpmrm0");
  ExpectText(node("libtss2-tcti-device.so.0"), "/dev/tpmrm0");
  for (const char *tcti : {"", "swtpm", "pcap:", "device:", "device:tpm0", "swtpm:path=/run/sock",
                           "pcap:swtpm:path=/dev/x", "tabrmd:bus_type=system", "mydevice:/dev/x"}) {
    ExpectText(node(tcti), "none");
  }
}

void LibrariesAreThoseOfTheLoader() {
  const auto libraries = [](const char *tcti) {
    std::string text;
    for (const std::string &name : TctiLibraries(tcti)) text += name + " ";
    return text;
  };
  ExpectText(libraries("device"), "libtss2-tcti-device.so.0 ");
  ExpectText(libraries("device:/dev/tpmrm0"), "libtss2-tcti-device.so.0 ");
  ExpectText(libraries("swtpm:host=a,port=1"), "libtss2-tcti-swtpm.so.0 ");
  ExpectText(libraries("libtss2-tcti-device.so.0:/dev/tpm0"), "libtss2-tcti-device.so.0 ");
  ExpectText(libraries("/opt/my/tcti.so:/dev/tpm0"), "tcti.so ");
  ExpectText(libraries("pcap:device:/dev/tpm0"),
             "libtss2-tcti-pcap.so.0 libtss2-tcti-device.so.0 ");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(OnlyADeviceHasANode),
      UNIT_TEST(LibrariesAreThoseOfTheLoader),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
