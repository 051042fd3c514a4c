// SPDX-License-Identifier: LGPL-2.1-or-later
// interposer: a TCTI between client and TPM that plays another chip, a bad line or a thief. Loaded
// by the TSS as "/PATH/interposer.so:CHILD TCTI"; what it does stands in the environment variable
// INTERPOSER_RULES (rules.h). One more rule is its own:
//   manufacturer=TEXT   TPM2_GetCapability names another manufacturer (four characters, _ stands
//                       for a zero byte)
// Everything else passes unchanged. INTERPOSER_COUNT names a file for the codes of the commands, a
// line each, and INTERPOSER_CONNECTIONS one with a line for each connection; INTERPOSER_RECORD and
// INTERPOSER_REPLAY are those of answers.h.
#include <signal.h>
#include <tss2/tss2_tcti.h>
#include <tss2/tss2_tctildr.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <sstream>
#include <string>

#include "tests/bus/answers.h"
#include "tests/bus/faults.h"
#include "tests/bus/rules.h"
#include "tests/bus/thief.h"

// The TSS's own macros are casts in C's style.
#pragma GCC diagnostic ignored "-Wold-style-cast"

namespace {

using namespace tpm2_sealed::test;

struct State {
  TSS2_TCTI_CONTEXT *child = nullptr;
  std::vector<Rule> rules;
  std::string manufacturer;
  Thief thief;
  // Of the command that is under way.
  std::uint32_t code = 0;
  Rule rule;
  bool is_child_asked = false;
  Bytes answer;
  int never[2] = {-1, -1};  // a pipe in which nothing ever comes
};

struct Interposer {
  TSS2_TCTI_CONTEXT_COMMON_V2 common;
  State *state;
};

State &Self(TSS2_TCTI_CONTEXT *tcti) { return *reinterpret_cast<Interposer *>(tcti)->state; }

// A line with that number in the file that the environment variable names.
void Note(const char *variable, std::uint32_t number) {
  const char *path = std::getenv(variable);
  FILE *file = path != nullptr ? std::fopen(path, "a") : nullptr;
  if (file == nullptr) return;
  std::fprintf(file, "%x\n", number);
  std::fclose(file);
}

void StopTheTpm() {
  const char *pid = std::getenv("INTERPOSER_STOP");
  if (pid == nullptr || std::atoi(pid) <= 1 || kill(std::atoi(pid), SIGSTOP) != 0) std::abort();
}

TSS2_RC Transmit(TSS2_TCTI_CONTEXT *tcti, size_t size, const std::uint8_t *command) {
  State &self = Self(tcti);
  const Bytes bytes(command, command + size);
  self.code = CodeOf(bytes);
  Note("INTERPOSER_COUNT", self.code);
  const Rule *rule = FindRule(self.rules, bytes);
  self.rule = rule != nullptr ? *rule : Rule();
  self.is_child_asked = self.rule.deed != "rc";
  self.answer.clear();
  if (!self.is_child_asked) {
    self.answer = AnswerOf(self.rule.number);
    Answers::Here().Add(self.code, self.answer);
    return TSS2_RC_SUCCESS;
  }
  if (self.rule.deed == "stop") StopTheTpm();
  const Bytes passed = self.thief.PassCommand(bytes);
  return Tss2_Tcti_Transmit(self.child, passed.size(), passed.data());
}

// TPM_PT_MANUFACTURER (Part 2, section 6.13) in a TPML_TAGGED_TPM_PROPERTY.
void PlayManufacturer(const State &self, Bytes &answer) {
  const Bytes tag = {0x00, 0x00, 0x01, 0x05};
  const auto at = std::search(answer.begin(), answer.end(), tag.begin(), tag.end());
  if (self.manufacturer.size() != 4 || answer.end() - at < 8) return;
  std::copy(self.manufacturer.begin(), self.manufacturer.end(), at + 4);
}

// The child's answer, and what becomes of it.
TSS2_RC Fetch(State &self) {
  Bytes answer(4096);
  std::size_t size = 0;
  TSS2_RC code = Tss2_Tcti_Receive(self.child, &size, nullptr, TSS2_TCTI_TIMEOUT_BLOCK);
  if (code != TSS2_RC_SUCCESS) return code;
  size = answer.size();
  code = Tss2_Tcti_Receive(self.child, &size, answer.data(), TSS2_TCTI_TIMEOUT_BLOCK);
  if (code != TSS2_RC_SUCCESS) return code;
  answer.resize(size);
  self.is_child_asked = false;
  answer = self.thief.PassAnswer(answer);
  if (self.rule.deed == "own") answer = self.thief.PlayKey(answer, UnderName::kOwn);
  if (self.rule.deed == "own-as") answer = self.thief.PlayKey(answer, UnderName::kGenuine);
  PlayManufacturer(self, answer);
  const Bytes genuine = answer;
  Answers &answers = Answers::Here();
  self.answer = Damage(self.rule, answer);
  if (self.rule.deed == "again") self.answer = answers.Last(self.code);
  if (self.rule.deed == "replay") self.answer = answers.Earlier(self.code);
  answers.Add(self.code, genuine);
  if (self.rule.deed == "drop") return TSS2_TCTI_RC_IO_ERROR;
  return TSS2_RC_SUCCESS;
}

TSS2_RC Receive(TSS2_TCTI_CONTEXT *tcti, size_t *size, std::uint8_t *response, std::int32_t) try {
  State &self = Self(tcti);
  if (self.is_child_asked) {
    const TSS2_RC code = Fetch(self);
    if (code != TSS2_RC_SUCCESS) return code;
  }
  // What the header says is what a TCTI goes by.
  const std::size_t told =
      self.answer.size() < kHeaderSize ? self.answer.size() : BigEndian(self.answer, 2, 4);
  if (response == nullptr) {
    *size = told;
    return TSS2_RC_SUCCESS;
  }
  if (*size < self.answer.size()) return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
  std::copy(self.answer.begin(), self.answer.end(), response);
  // Bytes that never come: the connection ends in the middle of the answer.
  if (told > self.answer.size() && self.rule.deed != "claim") return TSS2_TCTI_RC_IO_ERROR;
  *size = self.answer.size();
  return TSS2_RC_SUCCESS;
} catch (const std::exception &error) {
  std::fprintf(stderr, "interposer: %s\n", error.what());
  std::abort();
}

// A descriptor only where there is something to wait for in vain; else the child's, or none.
TSS2_RC GetPollHandles(TSS2_TCTI_CONTEXT *tcti, TSS2_TCTI_POLL_HANDLE *handles, size_t *count) {
  State &self = Self(tcti);
  if (self.rule.deed != "hang") return Tss2_Tcti_GetPollHandles(self.child, handles, count);
  // Taken, or the software TPM would wait for us for ever, too.
  if (self.is_child_asked) (void)Fetch(self);
  if (self.never[0] < 0 && pipe(self.never) != 0) std::abort();
  *count = 1;
  handles[0] = {.fd = self.never[0], .events = 0, .revents = 0};
  return TSS2_RC_SUCCESS;
}

// What the rules have counted in the process, from one connection to the next.
std::vector<Rule> &CountedRules() {
  static std::vector<Rule> rules;
  return rules;
}

void Finalize(TSS2_TCTI_CONTEXT *tcti) {
  State &self = Self(tcti);
  Tss2_TctiLdr_Finalize(&self.child);
  for (const int fd : self.never) {
    if (fd >= 0) close(fd);
  }
  CountedRules() = self.rules;
  delete &self;
}

void ReadRules(State &self) {
  // For rules that are the same all the time: the tests set them once for a process.
  const std::vector<Rule> &counted = CountedRules();
  const char *text = std::getenv("INTERPOSER_RULES");
  std::istringstream words(text == nullptr ? "" : text);
  constexpr std::string_view kManufacturer = "manufacturer=";
  for (std::string word; words >> word;) {
    if (!word.starts_with(kManufacturer)) {
      self.rules.push_back(ParseRule(word));
      continue;
    }
    self.manufacturer = word.substr(kManufacturer.size());
    std::replace(self.manufacturer.begin(), self.manufacturer.end(), '_', '\0');
  }
  for (std::size_t i = 0; i < std::min(counted.size(), self.rules.size()); ++i) {
    if (self.rules[i].scope == Rule::Scope::kProcess) self.rules[i].seen = counted[i].seen;
  }
}

TSS2_RC Init(TSS2_TCTI_CONTEXT *tcti, size_t *size, const char *conf) {
  if (tcti == nullptr) {
    *size = sizeof(Interposer);
    return TSS2_RC_SUCCESS;
  }
  auto *self = new (tcti) Interposer{};
  TSS2_TCTI_MAGIC(self) = 0x696e746572706f73ULL;
  TSS2_TCTI_VERSION(self) = 2;
  TSS2_TCTI_TRANSMIT(self) = Transmit;
  TSS2_TCTI_RECEIVE(self) = Receive;
  TSS2_TCTI_GET_POLL_HANDLES(self) = GetPollHandles;
  TSS2_TCTI_FINALIZE(self) = Finalize;
  auto state = std::make_unique<State>();
  const TSS2_RC code = Tss2_TctiLdr_Initialize(conf, &state->child);
  if (code != TSS2_RC_SUCCESS) return code;
  ReadRules(*state);
  Note("INTERPOSER_CONNECTIONS", 1);
  self->state = state.release();
  return TSS2_RC_SUCCESS;
}

}  // namespace

extern "C" const TSS2_TCTI_INFO *Tss2_Tcti_Info(void);
const TSS2_TCTI_INFO *Tss2_Tcti_Info(void) {
  static const TSS2_TCTI_INFO info = {.version = 2,
                                      .name = "interposer",
                                      .description = "plays another chip, a bad line or a thief",
                                      .config_help = "the child TCTI's configuration",
                                      .init = Init};
  return &info;
}
