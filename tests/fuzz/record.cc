// SPDX-License-Identifier: LGPL-2.1-or-later
// record: makes the corpus of tpm_responses with a real TPM, a software one as a rule.
//   record tokens TCTI           makes the tokens and prints recorded_tokens.h
//   record ACTION TCTI FILE      does it with these tokens and writes the answers
#include <openssl/crypto.h>
#include <tss2/tss2_tcti.h>
#include <tss2/tss2_tctildr.h>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "tests/fuzz/played_tpm.h"
#include "tests/fuzz/property.h"
#include "tests/fuzz/recorded_tokens.h"
#include "tests/fuzz/tpm_actions.h"

// The TSS's own macros are casts in C's style.
#pragma GCC diagnostic ignored "-Wold-style-cast"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::fuzz;

TSS2_TCTI_CONTEXT *RealTcti(const char *name) {
  TSS2_TCTI_CONTEXT *tcti = nullptr;
  if (Tss2_TctiLdr_Initialize(name, &tcti) != TSS2_RC_SUCCESS) {
    throw std::runtime_error(std::string("no TPM at ") + name);
  }
  return tcti;
}

class Recorder : public PlayedTpm {
 public:
  explicit Recorder(const char *name) : tcti_(RealTcti(name)) {}

  std::optional<Bytes> Answer(ByteView command) override {
    if (Tss2_Tcti_Transmit(tcti_, command.size(), command.data()) != TSS2_RC_SUCCESS) {
      return std::nullopt;
    }
    Bytes answer(4096);
    std::size_t size = answer.size();
    if (Tss2_Tcti_Receive(tcti_, &size, answer.data(), TSS2_TCTI_TIMEOUT_BLOCK) !=
        TSS2_RC_SUCCESS) {
      return std::nullopt;
    }
    answer.resize(size);
    record_.push_back(static_cast<std::uint8_t>(size >> 8));
    record_.push_back(static_cast<std::uint8_t>(size & 0xff));
    record_.insert(record_.end(), answer.begin(), answer.end());
    return answer;
  }
  const Bytes &record() const { return record_; }

 private:
  TSS2_TCTI_CONTEXT *tcti_;  // as long as this program
  Bytes record_;
};

void Print(const char *name, std::string_view json) {
  constexpr std::size_t kWidth = 90;
  std::printf("inline constexpr const char *%s =", name);
  for (; !json.empty(); json.remove_prefix(std::min(kWidth, json.size()))) {
    std::printf("\n    R\"(%.*s)\"", static_cast<int>(std::min(kWidth, json.size())), json.data());
  }
  std::printf(";\n");
}

void PrintTokens(const char *tcti) {
  Recorder recorder(tcti);
  const Playing playing(recorder);
  const Tokens tokens = MakeTokens("played");
  std::printf(
      "// SPDX-License-Identifier: LGPL-2.1-or-later\n"
      "// Tokens of the software TPM whose answers are in tests/fuzz/corpus/tpm_responses.\n"
      "// Written by tests/fuzz/record.\n"
      "#pragma once\n\nnamespace tpm2_sealed::fuzz {\n\n"
      "// Of the OpenSSL that made keys of the random numbers: major and minor number.\n"
      "inline constexpr unsigned long kRecordedOpenssl = 0x%lx;\n\n// clang-format off\n",
      OpenSSL_version_num() >> 20);
  Print("kRecordedEcc", tokens.ecc);
  Print("kRecordedRsa", tokens.rsa);
  Print("kRecordedPin", tokens.pin);
  std::printf("// clang-format on\n\n}  // namespace tpm2_sealed::fuzz\n");
}

Action ActionNamed(std::string_view name) {
  for (std::size_t i = 0; i < kActionNames.size(); ++i) {
    if (name == kActionNames[i]) return static_cast<Action>(i);
  }
  throw std::runtime_error("no such action");
}

void Record(Action action, const char *tcti, const char *file) {
  Recorder recorder(tcti);
  const Playing playing(recorder);
  const Tokens tokens = {kRecordedEcc, kRecordedRsa, kRecordedPin};
  const auto refused = RefusalOf(0, [&] { (void)Run(action, tokens, "played"); });
  std::printf("%s\n", refused ? refused->Sentence().c_str() : "it succeeds");
  std::ofstream out(file, std::ios::binary);
  out.put(static_cast<char>(action));
  out.write(reinterpret_cast<const char *>(recorder.record().data()),
            static_cast<std::streamsize>(recorder.record().size()));
  if (!out.flush()) throw std::runtime_error("the record cannot be written");
}

}  // namespace

int main(int argc, char **argv) try {
  if (argc == 3 && std::strcmp(argv[1], "tokens") == 0) {
    PrintTokens(argv[2]);
  } else if (argc == 4) {
    Record(ActionNamed(argv[1]), argv[2], argv[3]);
  } else {
    std::fprintf(stderr, "usage: record tokens TCTI | record ACTION TCTI FILE\n");
    return 1;
  }
  return 0;
} catch (const std::exception &error) {
  std::fprintf(stderr, "record: %s\n", error.what());
  return 1;
}
