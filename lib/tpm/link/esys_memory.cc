// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/link/esys_memory.h"

#include <algorithm>

#include "lib/base/c_handle.h"
#include "lib/base/error.h"
#include "lib/base/secret.h"
#include "lib/tpm/link/esys.h"
#include "lib/tpm/link/session_use.h"
#include "lib/tpm/link/transport.h"

namespace tpm2_sealed {
namespace {

// No ESYS_TR has this number: ESYS counts its own up from about 0x40001000.
constexpr ESYS_TR kNobody = 0xfffffffe;

}  // namespace

WipedInput::~WipedInput() {
  // In a plain session the command itself contains the secret.
  context_.WipeLastExchange();
  // ESYS stores this input before it looks for the parent, which does not exist. The input
  // overwrites that of the last command: it is the largest member of the union that both are in.
  const Transport::Silence silence(context_.transport());
  const TPM2B_SENSITIVE_CREATE nothing{};
  (void)Esys_Create_Async(context_.esys(), kNobody, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                          &nothing, nullptr, nullptr, nullptr);
}

KnownAuth::KnownAuth(const Context &context, EsysTr entity, ByteView auth_value)
    : context_(context), entity_(entity) {
  if (auth_value.size() > kMaxAuthSize) throw Error(Reason::kInternal, "an authValue is too long");
  Wiped<TPM2B_AUTH> auth;
  auth->size = static_cast<UINT16>(auth_value.size());
  std::copy(auth_value.begin(), auth_value.end(), auth->buffer);
  context_.Check("Esys_TR_SetAuth", Esys_TR_SetAuth(context_.esys(), Raw(entity_), auth.get()));
}

KnownAuth::~KnownAuth() {
  if (session_ != EsysTr::kNone) {
    // The session keeps the key of its last HMAC, which this command overwrites. If it were sent,
    // it would cost a try: Silence answers it instead, so that ESYS stays usable.
    const Transport::Silence silence(context_.transport());
    TPM2B_AUTH other{.size = kMaxAuthSize, .buffer = {}};
    std::fill_n(other.buffer, kMaxAuthSize, 0xff);
    (void)Esys_TR_SetAuth(context_.esys(), Raw(entity_), &other);
    EsysPtr<TPM2B_SENSITIVE_DATA> nothing;
    if (Esys_Unseal_Async(context_.esys(), Raw(entity_), Raw(session_), ESYS_TR_NONE,
                          ESYS_TR_NONE) == TSS2_RC_SUCCESS) {
      (void)Esys_Unseal_Finish(context_.esys(), OutPtr(nothing));
    }
  }
  // An empty value overwrites the old one; with a null pointer, ESYS would only clear the size.
  const TPM2B_AUTH empty{};
  (void)Esys_TR_SetAuth(context_.esys(), Raw(entity_), &empty);
}

}  // namespace tpm2_sealed
