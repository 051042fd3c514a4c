// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows which TCTI strings lead to a device node that may come late. The waiting itself:
// tests/integration/tpm-wait.test.
#include "token/tpm_wait.h"

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
  for (const char *tcti : {"", "device", "device:", "device:tpm0", "swtpm:path=/run/sock",
                           "pcap:swtpm:path=/dev/x", "tabrmd:bus_type=system", "mydevice:/dev/x"}) {
    ExpectText(node(tcti), "none");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(OnlyADeviceHasANode),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
