// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/link/session_use.h"

#include "lib/tpm/link/esys.h"

namespace tpm2_sealed {
namespace {

constexpr TPMA_SESSION kAllAttributes = 0xff;  // the mask: every attribute is set or cleared

TPMA_SESSION AttributesFor(SessionUse use) {
  switch (use) {
    case SessionUse::kBothWays:
      return TPMA_SESSION_CONTINUESESSION | TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT;
    case SessionUse::kAnswer:
      return TPMA_SESSION_CONTINUESESSION | TPMA_SESSION_ENCRYPT;
    case SessionUse::kLastAnswer:
      return TPMA_SESSION_ENCRYPT;
    case SessionUse::kLastCommand:
      return TPMA_SESSION_DECRYPT;
    case SessionUse::kLast:
      break;
  }
  return 0;
}

}  // namespace

TssCode SetUse(const Context &context, EsysTr session, SessionUse use) {
  return Esys_TRSess_SetAttributes(context.esys(), Raw(session), AttributesFor(use),
                                   kAllAttributes);
}

}  // namespace tpm2_sealed
