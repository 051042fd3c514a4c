// SPDX-License-Identifier: LGPL-2.1-or-later
// cryptsetup-tpm2: the admin command. Picks the action, turns errors into words and exit status.
#include <sys/prctl.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <new>
#include <string_view>

#include "lib/base/openssl_scope.h"
#include "lib/luks/volume.h"
#include "token/command/command.h"
#include "token/command/terminal.h"
#include "token/host/fips_wish.h"
#include "token/host/reason_table.h"

namespace {

using namespace tpm2_sealed;

const std::vector<const char *> kSealOptions = {
    "pcrs",   "bank",       "pcr-values", "no-pcrs",  "label",           "salt-key", "ek-ca",
    "parent", "no-persist", "key-slot",   "force",    "allow-plaintext", "latch",    "no-latch",
    "pin",    "pin-file",   "pin-fd",     "pin-time", "pin-memory"};

std::vector<const char *> SealOptionsAnd(std::vector<const char *> more) {
  more.insert(more.begin(), kSealOptions.begin(), kSealOptions.end());
  return more;
}

std::vector<ActionSpec> Actions() {
  return {
      {"enroll", "DEVICE", 1, 1, "add a keyslot that this TPM opens, and prove it",
       SealOptionsAnd({"key-file", "header", "set-lockout-auth"}), RunEnroll},
      {"seal", "", 0, 0, "print a token for 'cryptsetup token import'",
       SealOptionsAnd({"secret-file", "new-secret-file"}), RunSeal},
      {"unseal",
       "[DEVICE]",
       0,
       1,
       "write the keyslot passphrase to standard output",
       {"token", "token-json", "header", "pin", "pin-file", "pin-fd"},
       RunUnseal},
      {"status",
       "[DEVICE]",
       0,
       1,
       "say whether the tokens would open now, and why not",
       {"header", "initramfs"},
       RunStatus},
      {"remove",
       "DEVICE",
       1,
       1,
       "remove a token and its keyslot",
       {"token", "header", "force"},
       RunRemove},
      {"change-pin",
       "DEVICE",
       1,
       1,
       "another PIN for a token that has one",
       {"token", "header", "key-file", "pin", "pin-file", "pin-fd", "old-pin-file", "old-pin-fd",
        "pin-time", "pin-memory", "force"},
       RunChangePin},
      {"latch",
       "",
       0,
       0,
       "extend the latch PCR, before the initramfs is left",
       {"settings"},
       RunLatch},
      {"tpm", "", 0, 0, "say what this TPM is and can do", {}, RunTpm},
  };
}

int Fail(const Error &error, bool json) {
  Say(error.Sentence());
  if (json) {
    JsonOutput output;
    output.Set("ok", false).Set("error", ErrorJson(error));
    try {
      WriteOut(output.Text());
    } catch (const Error &) {
      // Standard output is gone; the sentence above is all that can be said.
    }
  }
  return RowOf(error.reason()).exit_status;
}

// Allocates no memory: all words are constants.
int FailOutOfMemory(bool json) {
  constexpr std::string_view kObject =
      R"({ "ok": false, "error": { "code": 3, "reason": "internal", "message": "out of memory", )"
      "\"hint\": \"\" } }\n";
  if (json) {
    (void)WriteFully(STDOUT_FILENO,
                     {reinterpret_cast<const std::uint8_t *>(kObject.data()), kObject.size()});
  }
  constexpr std::string_view kSentence = "cryptsetup-tpm2: out of memory\n";
  (void)WriteFully(STDERR_FILENO,
                   {reinterpret_cast<const std::uint8_t *>(kSentence.data()), kSentence.size()});
  return kExitOutOfMemory;
}

int Run(const std::vector<std::string> &arguments) {
  const std::vector<ActionSpec> actions = Actions();
  const auto given = [&](const char *text) {
    return std::find(arguments.begin(), arguments.end(), text) != arguments.end();
  };
  if (given("--help") || given("-h")) {
    WriteOut(HelpText(actions));
    return 0;
  }
  if (given("--version") || given("-V")) {
    WriteOut(std::string("cryptsetup-tpm2 ") + PACKAGE_VERSION + "\n");
    return 0;
  }
  try {
    const Options options = Options::Parse(actions, arguments);
    const OpensslScope openssl(FipsWishOfMachine);
    const char *notice = FipsNotice(openssl.fips());
    if (notice != nullptr && !options.Has("quiet")) Say(notice);
    if (options.Has("debug")) EnableLibcryptsetupDebug();
    return options.action().run(options);
  } catch (const Error &error) {
    return Fail(error, given("--json"));
  } catch (const std::bad_alloc &) {
    return FailOutOfMemory(given("--json"));
  } catch (const std::exception &error) {
    return Fail(Error(Reason::kInternal, std::string("internal error: ") + error.what()),
                given("--json"));
  }
}

}  // namespace

int main(int argc, char **argv) {
  // Secrets pass through this process, so it dumps no core, and no other process of the user can
  // read its memory.
  (void)::prctl(PR_SET_DUMPABLE, 0);
  try {
    return Run({argv + std::min(argc, 1), argv + argc});
  } catch (const Error &error) {
    Say(error.Sentence());
    return RowOf(error.reason()).exit_status;
  } catch (const std::bad_alloc &) {
    return FailOutOfMemory(false);
  } catch (const std::exception &error) {
    Say(std::string("internal error: ") + error.what());
    return RowOf(Reason::kInternal).exit_status;
  }
}
