// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/link/object_attributes.h"

#include <tss2/tss2_tpm2_types.h>

namespace tpm2_sealed {

static_assert(Raw(ObjectAttributes::kFixedTpm) == TPMA_OBJECT_FIXEDTPM);
static_assert(Raw(ObjectAttributes::kFixedParent) == TPMA_OBJECT_FIXEDPARENT);
static_assert(Raw(ObjectAttributes::kSensitiveDataOrigin) == TPMA_OBJECT_SENSITIVEDATAORIGIN);
static_assert(Raw(ObjectAttributes::kUserWithAuth) == TPMA_OBJECT_USERWITHAUTH);
static_assert(Raw(ObjectAttributes::kAdminWithPolicy) == TPMA_OBJECT_ADMINWITHPOLICY);
static_assert(Raw(ObjectAttributes::kNoDa) == TPMA_OBJECT_NODA);
static_assert(Raw(ObjectAttributes::kRestricted) == TPMA_OBJECT_RESTRICTED);
static_assert(Raw(ObjectAttributes::kDecrypt) == TPMA_OBJECT_DECRYPT);
static_assert(Raw(ObjectAttributes::kSignEncrypt) == TPMA_OBJECT_SIGN_ENCRYPT);

}  // namespace tpm2_sealed
