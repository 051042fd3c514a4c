// SPDX-License-Identifier: LGPL-2.1-or-later
// leftover: prints the objects and sessions that are left in the TPM of the TCTI string, one a
// line, and flushes them. Exits 1 if there are any. One process for what tpm2_getcap takes three
// for: the test of faults asks it after each of thousands of runs.
//   leftover TCTI
#include <tss2/tss2_esys.h>
#include <tss2/tss2_sys.h>
#include <tss2/tss2_tctildr.h>
#include <cstdio>
#include <initializer_list>

int main(int argc, char **argv) {
  TSS2_TCTI_CONTEXT *tcti = nullptr;
  ESYS_CONTEXT *esys = nullptr;
  TSS2_SYS_CONTEXT *sys = nullptr;
  if (argc != 2 || Tss2_TctiLdr_Initialize(argv[1], &tcti) != TSS2_RC_SUCCESS ||
      Esys_Initialize(&esys, tcti, nullptr) != TSS2_RC_SUCCESS ||
      Esys_GetSysContext(esys, &sys) != TSS2_RC_SUCCESS) {
    std::fprintf(stderr, "leftover: no TPM\n");
    return 99;
  }
  int left = 0;
  for (const TPM2_HANDLE first :
       {TPM2_TRANSIENT_FIRST, TPM2_LOADED_SESSION_FIRST, TPM2_ACTIVE_SESSION_FIRST}) {
    TPMS_CAPABILITY_DATA data{};
    TPMI_YES_NO more = TPM2_NO;
    if (Tss2_Sys_GetCapability(sys, nullptr, TPM2_CAP_HANDLES, first, TPM2_MAX_CAP_HANDLES, &more,
                               &data, nullptr) != TSS2_RC_SUCCESS) {
      std::fprintf(stderr, "leftover: the TPM does not tell\n");
      return 99;
    }
    for (UINT32 i = 0; i < data.data.handles.count; ++i) {
      const TPM2_HANDLE handle = data.data.handles.handle[i];
      std::printf("0x%08x\n", handle);
      ++left;
      (void)Tss2_Sys_FlushContext(sys, handle);
    }
  }
  Esys_Finalize(&esys);
  Tss2_TctiLdr_Finalize(&tcti);
  return left == 0 ? 0 : 1;
}
