// SPDX-License-Identifier: LGPL-2.1-or-later
// interposer: a TCTI between client and TPM that plays another chip. Loaded by the TSS as
// "/PATH/interposer.so:CHILD TCTI"; what it does stands in the environment variable
// INTERPOSER_RULES, rules with blanks between them:
//   CODE[/WHAT]=RC       the command of that code (hex) is answered with that response code (hex).
//                        WHAT narrows it: aes, xor (the cipher asked for), ecc, rsa (the key type)
//   CODE=flip            the last byte of the TPM's answer to that command is changed
//   *=RC                 every command is
//   manufacturer=TEXT    TPM2_GetCapability names another manufacturer (four characters, _ stands
//   for
//                        a zero byte)
// Everything else passes unchanged.
#include <tss2/tss2_tcti.h>
#include <tss2/tss2_tctildr.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

// The TSS's own macros are casts in C's style.
#pragma GCC diagnostic ignored "-Wold-style-cast"

namespace {

using Bytes = std::vector<std::uint8_t>;

struct Rule {
  std::string code;  // hex, or "*"
  std::string what;
  std::uint32_t answer = 0;
  bool flip = false;
};

struct Interposer {
  TSS2_TCTI_CONTEXT_COMMON_V2 common;
  TSS2_TCTI_CONTEXT *child;
  std::vector<Rule> *rules;
  std::string *manufacturer;
  Bytes *answer;  // what the next Receive gives; empty: the child's
  bool flip;      // with its last byte changed
};

Interposer *Self(TSS2_TCTI_CONTEXT *tcti) { return reinterpret_cast<Interposer *>(tcti); }

std::uint32_t BigEndian(const std::uint8_t *at) {
  return static_cast<std::uint32_t>(at[0]) << 24 | static_cast<std::uint32_t>(at[1]) << 16 |
         static_cast<std::uint32_t>(at[2]) << 8 | at[3];
}

bool Contains(const Bytes &bytes, const Bytes &part) {
  return std::search(bytes.begin(), bytes.end(), part.begin(), part.end()) != bytes.end();
}

bool Matches(const Rule &rule, const Bytes &command) {
  if (rule.code == "*") return true;
  if (BigEndian(&command[6]) != std::strtoul(rule.code.c_str(), nullptr, 16)) return false;
  const Bytes tail(command.begin() + 10, command.end());
  if (rule.what == "aes") return Contains(tail, {0x00, 0x06, 0x00, 0x80, 0x00, 0x43});
  if (rule.what == "xor") return Contains(tail, {0x00, 0x0a, 0x00, 0x0b});
  if (rule.what == "ecc") return Contains(tail, {0x00, 0x23, 0x00, 0x0b});
  if (rule.what == "rsa") return Contains(tail, {0x00, 0x01, 0x00, 0x0b});
  return rule.what.empty();
}

Bytes Answer(std::uint32_t code) {
  Bytes answer = {0x80, 0x01, 0, 0, 0, 10};
  for (int shift = 24; shift >= 0; shift -= 8) {
    answer.push_back(static_cast<std::uint8_t>(code >> shift & 0xff));
  }
  return answer;
}

TSS2_RC Transmit(TSS2_TCTI_CONTEXT *tcti, size_t size, const std::uint8_t *command) {
  Interposer *self = Self(tcti);
  const Bytes bytes(command, command + size);
  self->answer->clear();
  self->flip = false;
  for (const Rule &rule : *self->rules) {
    if (!Matches(rule, bytes)) continue;
    if (rule.flip) {
      self->flip = true;
      break;
    }
    *self->answer = Answer(rule.answer);
    return TSS2_RC_SUCCESS;
  }
  return Tss2_Tcti_Transmit(self->child, size, command);
}

// TPM_PT_MANUFACTURER (Part 2, section 6.13) in a TPML_TAGGED_TPM_PROPERTY.
void PlayManufacturer(const Interposer &self, std::uint8_t *response, std::size_t size) {
  const Bytes tag = {0x00, 0x00, 0x01, 0x05};
  auto at = std::search(response, response + size, tag.begin(), tag.end());
  if (self.manufacturer->size() != 4 || response + size - at < 8) return;
  std::copy(self.manufacturer->begin(), self.manufacturer->end(), at + 4);
}

TSS2_RC Receive(TSS2_TCTI_CONTEXT *tcti, size_t *size, std::uint8_t *response,
                std::int32_t timeout) {
  Interposer *self = Self(tcti);
  if (self->answer->empty()) {
    const TSS2_RC code = Tss2_Tcti_Receive(self->child, size, response, timeout);
    if (code == TSS2_RC_SUCCESS && response != nullptr) {
      PlayManufacturer(*self, response, *size);
      if (self->flip && *size > 0) response[*size - 1] ^= 1;
    }
    return code;
  }
  if (response != nullptr) std::copy(self->answer->begin(), self->answer->end(), response);
  *size = self->answer->size();
  return TSS2_RC_SUCCESS;
}

void Finalize(TSS2_TCTI_CONTEXT *tcti) {
  Interposer *self = Self(tcti);
  Tss2_TctiLdr_Finalize(&self->child);
  delete self->rules;
  delete self->manufacturer;
  delete self->answer;
}

void ReadRules(Interposer *self) {
  const char *text = std::getenv("INTERPOSER_RULES");
  std::istringstream words(text == nullptr ? "" : text);
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) std::abort();
    const std::string left = word.substr(0, equals);
    const std::string right = word.substr(equals + 1);
    if (left == "manufacturer") {
      *self->manufacturer = right;
      std::replace(self->manufacturer->begin(), self->manufacturer->end(), '_', '\0');
      continue;
    }
    const auto slash = left.find('/');
    self->rules->push_back(
        {left.substr(0, slash), slash == std::string::npos ? "" : left.substr(slash + 1),
         static_cast<std::uint32_t>(std::strtoul(right.c_str(), nullptr, 16)), right == "flip"});
  }
}

TSS2_RC Init(TSS2_TCTI_CONTEXT *tcti, size_t *size, const char *conf) {
  if (tcti == nullptr) {
    *size = sizeof(Interposer);
    return TSS2_RC_SUCCESS;
  }
  Interposer *self = Self(tcti);
  std::memset(static_cast<void *>(self), 0, sizeof *self);
  TSS2_TCTI_MAGIC(self) = 0x696e746572706f73ULL;
  TSS2_TCTI_VERSION(self) = 2;
  TSS2_TCTI_TRANSMIT(self) = Transmit;
  TSS2_TCTI_RECEIVE(self) = Receive;
  TSS2_TCTI_FINALIZE(self) = Finalize;
  const TSS2_RC code = Tss2_TctiLdr_Initialize(conf, &self->child);
  if (code != TSS2_RC_SUCCESS) return code;
  self->rules = new std::vector<Rule>;
  self->manufacturer = new std::string;
  self->answer = new Bytes;
  ReadRules(self);
  return TSS2_RC_SUCCESS;
}

}  // namespace

extern "C" const TSS2_TCTI_INFO *Tss2_Tcti_Info(void);
const TSS2_TCTI_INFO *Tss2_Tcti_Info(void) {
  static const TSS2_TCTI_INFO info = {.version = 2,
                                      .name = "interposer",
                                      .description = "plays another chip",
                                      .config_help = "the child TCTI's configuration",
                                      .init = Init};
  return &info;
}
