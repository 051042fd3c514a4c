// SPDX-License-Identifier: LGPL-2.1-or-later
// ReasonTable: maps each Reason to what libcryptsetup, the shell and --json get.
#pragma once

#include <array>
#include <cerrno>

#include "lib/base/error.h"

namespace tpm2_sealed {

struct ReasonRow {
  Reason reason;
  const char *name;  // "error"."reason" of --json: a contract
  int token_errno;   // for libcryptsetup, which tries the next token only after ENOANO, EAGAIN and
                     // ENOENT (lib/luks2/luks2_token.c, break_loop_retval)
  int exit_status;   // cryptsetup's, and 6 and 7: a contract
};

inline constexpr int kExitOutOfMemory = 3;

inline constexpr std::array kReasonRows = {
    ReasonRow{Reason::kNoTpm, "no-tpm", -EAGAIN, 6},
    ReasonRow{Reason::kWrongTpm, "wrong-tpm", -ENOENT, 6},
    ReasonRow{Reason::kBusy, "busy", -ENOENT, 5},
    ReasonRow{Reason::kLockout, "lockout", -ENOENT, 7},
    ReasonRow{Reason::kPolicyMismatch, "policy-mismatch", -ENOENT, 2},
    ReasonRow{Reason::kWrongPin, "wrong-pin", -ENOANO, 2},
    ReasonRow{Reason::kNeedPin, "need-pin", -ENOANO, 2},
    ReasonRow{Reason::kDowngrade, "downgrade", -ENOENT, 2},
    ReasonRow{Reason::kBadToken, "bad-token", -ENOENT, 1},
    ReasonRow{Reason::kBadDevice, "bad-device", -ENOENT, 4},
    ReasonRow{Reason::kBadPassphrase, "bad-passphrase", -ENOENT, 2},
    ReasonRow{Reason::kNoMemory, "no-memory", -ENOENT, kExitOutOfMemory},
    ReasonRow{Reason::kNotSupported, "not-supported", -ENOENT, 1},
    ReasonRow{Reason::kInternal, "internal", -ENOENT, 1},
};

constexpr const ReasonRow &RowOf(Reason reason) {
  for (const ReasonRow &row : kReasonRows) {
    if (row.reason == reason) return row;
  }
  return kReasonRows.back();
}

}  // namespace tpm2_sealed
