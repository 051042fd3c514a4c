// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/link/rc.h"

#include <tss2/tss2_tpm2_types.h>
#include <array>

#include "lib/base/encoding.h"
#include "lib/base/error.h"

namespace tpm2_sealed::rc {

bool IsFromTpm(TSS2_RC rc) {
  if ((rc & ~(TSS2_RC_LAYER_MASK | 0xffffU)) != 0) return false;  // no layer uses these bits
  const TSS2_RC layer = rc & TSS2_RC_LAYER_MASK;
  return layer == TSS2_TPM_RC_LAYER || layer == TSS2_RESMGR_RC_LAYER ||
         layer == TSS2_RESMGR_TPM_RC_LAYER;
}

namespace {

// Returns a TPM's code without the layer and, for a format-one code, without the number of the
// handle, parameter or session. The mask comes first, since a chip may answer any code.
TSS2_RC Bare(TSS2_RC rc) {
  rc &= 0xffff;
  return (rc & TPM2_RC_FMT1) != 0 ? rc & (TPM2_RC_FMT1 | 0x3f) : rc & 0xfff;
}

bool Is(TSS2_RC rc, TSS2_RC expected) { return IsFromTpm(rc) && Bare(rc) == expected; }

bool IsParameter(TSS2_RC rc) {
  return IsFromTpm(rc) && (rc & TPM2_RC_FMT1) != 0 && (rc & TPM2_RC_P) != 0;
}

struct Row {
  TSS2_RC code;
  Reason reason;
  const char *text;
  const char *hint;
};

constexpr const char *kRetry = "try again";
constexpr const char *kRestart = "restart the machine; if that does not help, the TPM is broken";

// The codes of the TPM's own layer. A code that is not here becomes Reason::kInternal with its
// number.
constexpr std::array kTpmRows = {
    Row{TPM2_RC_INITIALIZE, Reason::kNoTpm, "the TPM was not started by the firmware",
        "a software TPM needs TPM2_Startup; restart a real machine"},
    Row{TPM2_RC_BAD_TAG, Reason::kNoTpm, "this is a TPM 1.2, which cannot hold these keys",
        "a TPM 2.0 is needed; some machines switch between the two in the firmware setup"},
    Row{TPM2_RC_FAILURE, Reason::kNoTpm, "the TPM is in failure mode", kRestart},
    Row{TPM2_RC_UPGRADE, Reason::kNoTpm, "the TPM waits for the end of a firmware upgrade",
        "finish the upgrade"},
    Row{TPM2_RC_REBOOT, Reason::kNoTpm, "the TPM asks for a restart of the machine", "restart it"},
    Row{TPM2_RC_LOCKOUT, Reason::kLockout, "the TPM is in dictionary-attack lockout",
        "use another passphrase and wait, or reset the lockout with its authorization"},
    Row{TPM2_RC_AUTH_FAIL, Reason::kNotSupported, "an authorization is set and was not given",
        "use keys or hierarchies without a password"},
    Row{TPM2_RC_BAD_AUTH, Reason::kNotSupported, "an authorization is set and was not given",
        "use keys or hierarchies without a password"},
    Row{TPM2_RC_HIERARCHY, Reason::kNotSupported, "the TPM hierarchy is disabled",
        "enable it in the firmware setup"},
    Row{TPM2_RC_INTEGRITY, Reason::kWrongTpm, "the sealed object does not belong to this TPM",
        "use another passphrase, then enroll again"},
    Row{TPM2_RC_HANDLE, Reason::kWrongTpm, "the TPM has no such object", kRetry},
    Row{TPM2_RC_POLICY_FAIL, Reason::kPolicyMismatch,
        "the machine is not in the state that the object was sealed to",
        "use another passphrase, then enroll again"},
    Row{TPM2_RC_PCR_CHANGED, Reason::kBusy, "PCRs keep changing while the policy is checked",
        kRetry},
    Row{TPM2_RC_OBJECT_MEMORY, Reason::kBusy, "the TPM has no room for another object",
        "flush what other programs left in it (tpm2_flushcontext -t), or use /dev/tpmrm0"},
    Row{TPM2_RC_OBJECT_HANDLES, Reason::kBusy, "the TPM has no room for another object",
        "flush what other programs left in it (tpm2_flushcontext -t), or use /dev/tpmrm0"},
    Row{TPM2_RC_SESSION_MEMORY, Reason::kBusy, "the TPM has no room for another session",
        "flush what other programs left in it (tpm2_flushcontext -l), or use /dev/tpmrm0"},
    Row{TPM2_RC_SESSION_HANDLES, Reason::kBusy, "the TPM has no room for another session",
        "flush what other programs left in it (tpm2_flushcontext -l), or use /dev/tpmrm0"},
    Row{TPM2_RC_CONTEXT_GAP, Reason::kBusy, "the TPM holds a session that is too old",
        "flush what other programs left in it (tpm2_flushcontext -s)"},
    Row{TPM2_RC_RETRY, Reason::kBusy, "the TPM is busy", kRetry},
    Row{TPM2_RC_YIELDED, Reason::kBusy, "the TPM is busy", kRetry},
    Row{TPM2_RC_TESTING, Reason::kBusy, "the TPM is testing itself", kRetry},
    Row{TPM2_RC_NV_RATE, Reason::kBusy, "the TPM limits writes to its memory", "wait a while"},
    Row{TPM2_RC_NV_UNAVAILABLE, Reason::kBusy, "the TPM cannot write to its memory now", kRetry},
    Row{TPM2_RC_NV_SPACE, Reason::kNotSupported, "the TPM has no room for it",
        "remove persistent keys or NV indices that nobody needs (tpm2_evictcontrol)"},
    Row{TPM2_RC_NV_DEFINED, Reason::kNotSupported, "something is at that handle already",
        "look at it with 'tpm2_readpublic'"},
    Row{TPM2_RC_MEMORY, Reason::kBusy, "the TPM is out of memory", kRetry},
    Row{TPM2_RC_HASH, Reason::kNotSupported, "the TPM does not know this hash",
        "a TPM 2.0 with SHA-256 is needed"},
    Row{TPM2_RC_COMMAND_CODE, Reason::kNotSupported, "the TPM does not know this command",
        "a TPM 2.0 of the PC Client profile is needed"},
};

// The codes of the layers of the software stack above the TPM.
constexpr std::array kStackRows = {
    Row{TSS2_BASE_RC_RSP_AUTH_FAILED, Reason::kWrongTpm,
        "the answer was not made with the session key: it is forged or damaged",
        "try again; if that does not help, somebody may be between CPU and TPM"},
    Row{TSS2_BASE_RC_MALFORMED_RESPONSE, Reason::kNoTpm, "the TPM's answer cannot be read",
        kRestart},
    Row{TSS2_BASE_RC_INSUFFICIENT_RESPONSE, Reason::kNoTpm, "the TPM's answer is too short",
        kRestart},
    Row{TSS2_BASE_RC_INSUFFICIENT_CONTEXT, Reason::kNoTpm, "the TPM's answer is too long",
        kRestart},
    Row{TSS2_BASE_RC_BAD_SEQUENCE, Reason::kNoTpm, "the TPM's last answer could not be read",
        kRestart},
};

// A layer of the TSS failed, before the TPM saw the command or after it had answered.
constexpr const char *kStackFailed = "libtss2 failed, not the TPM";

const Row *Find(std::span<const Row> rows, TSS2_RC code) {
  for (const Row &row : rows) {
    if (row.code == code) return &row;
  }
  return nullptr;
}

const Row *Find(TSS2_RC rc) {
  static constexpr Row kNoAnswer = {0, Reason::kNoTpm, "the TPM does not answer",
                                    "check that it is there and that nothing else holds it"};
  static constexpr Row kUnreadable = {0, Reason::kNoTpm, "the TPM's answer cannot be read",
                                      kRestart};
  if (IsFromTpm(rc)) return Find(kTpmRows, Bare(rc));
  if ((rc & TSS2_RC_LAYER_MASK) == TSS2_TCTI_RC_LAYER) return &kNoAnswer;
  // The answer could not be unmarshalled.
  if ((rc & TSS2_RC_LAYER_MASK) == TSS2_MU_RC_LAYER) return &kUnreadable;
  return Find(kStackRows, rc & 0xffff);
}

}  // namespace

std::string Format(TSS2_RC rc) { return FormatHandle(rc); }

std::string Explain(TSS2_RC rc) {
  const Row *row = Find(rc);
  const char *unknown = IsFromTpm(rc) ? "the TPM refused" : kStackFailed;
  return std::string(row == nullptr ? unknown : row->text) + " (" + Format(rc) + ")";
}

void Throw(const char *command, TSS2_RC rc) {
  const std::string where = std::string(" (") + command + ": " + Format(rc) + ")";
  const Row *row = Find(rc);
  if (row == nullptr && !IsFromTpm(rc)) {
    throw Error(Reason::kInternal, kStackFailed + where,
                "TSS2_LOG=all+warning in the environment makes libtss2 say more");
  }
  if (row == nullptr) throw Error(Reason::kInternal, "the TPM refused a command" + where);
  throw Error(row->reason, row->text + where, row->hint);
}

void Check(const char *command, TSS2_RC rc) {
  if (rc != TSS2_RC_SUCCESS) Throw(command, rc);
}

bool IsHandleEmpty(TSS2_RC rc) {
  return Is(rc, TPM2_RC_HANDLE) || Is(rc, TPM2_RC_REFERENCE_H0) || Is(rc, TPM2_RC_REFERENCE_H1);
}
bool IsPolicyPcrMismatch(TSS2_RC rc) {
  // The first parameter is pcrDigest, the second is the selection.
  return Is(rc, TPM2_RC_VALUE) && IsParameter(rc) && (rc >> 8 & 0xf) == 1;
}
bool IsPcrChanged(TSS2_RC rc) { return Is(rc, TPM2_RC_PCR_CHANGED); }
bool IsAuthRefused(TSS2_RC rc) { return Is(rc, TPM2_RC_AUTH_FAIL) || Is(rc, TPM2_RC_BAD_AUTH); }
bool IsNotUnderParent(TSS2_RC rc) {
  // Another storage key answers INTEGRITY; an RSA key answers SIZE or VALUE if the child's blob has
  // another length; a key that cannot be a parent answers TYPE; one that needs a policy
  // AUTH_UNAVAILABLE; one with an authValue AUTH_FAIL or BAD_AUTH; an empty handle HANDLE.
  return Is(rc, TPM2_RC_INTEGRITY) || Is(rc, TPM2_RC_SIZE) || Is(rc, TPM2_RC_VALUE) ||
         Is(rc, TPM2_RC_TYPE) || Is(rc, TPM2_RC_AUTH_UNAVAILABLE) || IsAuthRefused(rc) ||
         IsHandleEmpty(rc);
}
bool IsLockout(TSS2_RC rc) { return Is(rc, TPM2_RC_LOCKOUT); }
bool IsBusy(TSS2_RC rc) {
  return Is(rc, TPM2_RC_RETRY) || Is(rc, TPM2_RC_YIELDED) || Is(rc, TPM2_RC_TESTING) ||
         Is(rc, TPM2_RC_NV_RATE);
}
bool IsFull(TSS2_RC rc) {
  return Is(rc, TPM2_RC_OBJECT_MEMORY) || Is(rc, TPM2_RC_SESSION_MEMORY) ||
         Is(rc, TPM2_RC_SESSION_HANDLES) || Is(rc, TPM2_RC_OBJECT_HANDLES);
}
bool IsNvRefused(TSS2_RC rc) {
  return IsAuthRefused(rc) || IsHierarchyDisabled(rc) || IsLockout(rc) || IsHandleEmpty(rc) ||
         Is(rc, TPM2_RC_NV_AUTHORIZATION) || Is(rc, TPM2_RC_NV_LOCKED) ||
         Is(rc, TPM2_RC_NV_UNINITIALIZED) || Is(rc, TPM2_RC_NV_RANGE) ||
         Is(rc, TPM2_RC_AUTH_UNAVAILABLE) || Is(rc, TPM2_RC_AUTH_TYPE);
}
bool IsUnknownHash(TSS2_RC rc) { return Is(rc, TPM2_RC_HASH) && IsParameter(rc); }
bool IsUnsupportedKeyType(TSS2_RC rc) {
  return Is(rc, TPM2_RC_TYPE) || Is(rc, TPM2_RC_CURVE) || Is(rc, TPM2_RC_ASYMMETRIC) ||
         Is(rc, TPM2_RC_KEY_SIZE) || Is(rc, TPM2_RC_VALUE) || Is(rc, TPM2_RC_HASH) ||
         Is(rc, TPM2_RC_SYMMETRIC);
}
bool IsHierarchyDisabled(TSS2_RC rc) { return Is(rc, TPM2_RC_HIERARCHY); }
bool IsSchemeRefused(TSS2_RC rc) {
  return IsSymmetricRefused(rc, 1) || (IsParameter(rc) && (rc >> 8 & 0xf) == 1 &&
                                       (Is(rc, TPM2_RC_SCHEME) || Is(rc, TPM2_RC_KDF)));
}
bool IsSymmetricRefused(TSS2_RC rc, unsigned parameter) {
  return IsParameter(rc) && (rc >> 8 & 0xf) == parameter &&
         (Is(rc, TPM2_RC_SYMMETRIC) || Is(rc, TPM2_RC_MODE) || Is(rc, TPM2_RC_VALUE) ||
          Is(rc, TPM2_RC_KEY_SIZE));
}

}  // namespace tpm2_sealed::rc
