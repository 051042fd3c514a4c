// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/link/stray.h"

#include <tss2/tss2_sys.h>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "lib/base/error.h"
#include "lib/tpm/link/esys.h"
#include "lib/tpm/link/rc.h"

namespace tpm2_sealed {
namespace {

// Sends commands through a System API context of its own: after an answer that did not come or
// could not be read, ESYS and its own context refuse every later call.
class BelowEsys {
 public:
  explicit BelowEsys(const Context &context) : context_(context) {
    TSS2_TCTI_CONTEXT *tcti = nullptr;
    if (Esys_GetTcti(context.esys(), &tcti) != TSS2_RC_SUCCESS) return;
    const std::size_t size = Tss2_Sys_GetContextSize(0);
    memory_.resize(size / sizeof(std::max_align_t) + 1);
    TSS2_ABI_VERSION version = TSS2_ABI_VERSION_CURRENT;
    auto *sys = reinterpret_cast<TSS2_SYS_CONTEXT *>(memory_.data());
    if (Tss2_Sys_Initialize(sys, size, tcti, &version) == TSS2_RC_SUCCESS) sys_ = sys;
  }
  BelowEsys(const BelowEsys &) = delete;
  BelowEsys &operator=(const BelowEsys &) = delete;
  ~BelowEsys() {
    // The memory of the context is freed next.
    context_.WipeLastExchange();
    if (sys_ != nullptr) Tss2_Sys_Finalize(sys_);
  }

  // Returns false if the TPM does not flush it.
  bool Flush(TPM2_HANDLE handle) {
    return sys_ != nullptr && Tss2_Sys_FlushContext(sys_, handle) == TSS2_RC_SUCCESS;
  }

  std::vector<TPM2_HANDLE> Handles(TPM2_HANDLE first) {
    TPMI_YES_NO more = TPM2_NO;
    TPMS_CAPABILITY_DATA data{};
    if (sys_ == nullptr ||
        Tss2_Sys_GetCapability(sys_, nullptr, TPM2_CAP_HANDLES, first, TPM2_MAX_CAP_HANDLES, &more,
                               &data, nullptr) != TSS2_RC_SUCCESS) {
      return {};
    }
    const TPML_HANDLE &list = data.data.handles;
    return {list.handle, list.handle + std::min<std::uint32_t>(list.count, TPM2_MAX_CAP_HANDLES)};
  }

  // Returns nullopt if it cannot be read.
  std::optional<PublicArea> ReadPublic(TPM2_HANDLE handle) {
    TPM2B_PUBLIC area{};
    TPM2B_NAME name{}, qualified{};
    name.size = sizeof name.name;
    qualified.size = sizeof qualified.name;
    if (sys_ == nullptr || Tss2_Sys_ReadPublic(sys_, handle, nullptr, &area, &name, &qualified,
                                               nullptr) != TSS2_RC_SUCCESS) {
      return std::nullopt;
    }
    return PublicArea(area);
  }

 private:
  const Context &context_;
  std::vector<std::max_align_t> memory_;
  TSS2_SYS_CONTEXT *sys_ = nullptr;
};

bool MayHaveLeftSomething(const Context &context, TSS2_RC code) {
  return code != TSS2_RC_SUCCESS && !rc::IsFromTpm(code) && context.must_flush();
}

void FlushObjects(BelowEsys &tpm, const std::function<bool(const PublicArea &)> &is_ours) {
  for (const TPM2_HANDLE handle : tpm.Handles(TPM2_TRANSIENT_FIRST)) {
    const std::optional<PublicArea> area = tpm.ReadPublic(handle);
    if (area && is_ours(*area)) (void)tpm.Flush(handle);
  }
}

void FlushSession(BelowEsys &tpm, TPM2_HANDLE answered) {
  const std::vector<TPM2_HANDLE> sessions = tpm.Handles(TPM2_LOADED_SESSION_FIRST);
  const bool is_there = std::find(sessions.begin(), sessions.end(), answered) != sessions.end();
  if (is_there) {
    (void)tpm.Flush(answered);
  } else if (sessions.size() == 1) {
    (void)tpm.Flush(sessions.front());
  }
}

}  // namespace

void FlushStrayObjects(const Context &context, TSS2_RC code,
                       const std::function<bool(const PublicArea &)> &is_ours) noexcept try {
  if (!MayHaveLeftSomething(context, code)) return;
  BelowEsys tpm(context);
  FlushObjects(tpm, is_ours);
} catch (const std::exception &) {
  // The caller reports the failure of the command itself.
}

void FlushStraySession(const Context &context, TSS2_RC code) noexcept try {
  if (!MayHaveLeftSomething(context, code)) return;
  BelowEsys tpm(context);
  FlushSession(tpm, context.answered_handle());
} catch (const std::exception &) {
  // The same applies here.
}

void FlushHandle(const Context &context, EsysTr tr) noexcept try {
  TPM2_HANDLE handle = 0;
  const bool known = Esys_TR_GetTpmHandle(context.esys(), Raw(tr), &handle) == TSS2_RC_SUCCESS;
  const TSS2_RC flushed = Esys_FlushContext(context.esys(), Raw(tr));
  context.NoteCode(flushed);
  if (flushed == TSS2_RC_SUCCESS || !known) return;
  // After a damaged answer, ESYS refuses every later call, but a raw TPM must not keep the object.
  BelowEsys tpm(context);
  if (tpm.Flush(handle) || !context.must_flush()) return;
  // The handle itself was damaged. A key or a sealed object, but not a session, has a Name with a
  // digest.
  EsysPtr<TPM2B_NAME> name;
  const TSS2_RC code = Esys_TR_GetName(context.esys(), Raw(tr), OutPtr(name));
  const bool is_named = code == TSS2_RC_SUCCESS && name->size > sizeof(TPM2_HANDLE);
  if (!is_named) return FlushSession(tpm, handle);
  const Bytes wanted(name->name, name->name + name->size);
  FlushObjects(tpm, [&](const PublicArea &area) { return area.Name() == wanted; });
} catch (const std::exception &) {
  // Nobody could act on the failure.
}

}  // namespace tpm2_sealed
