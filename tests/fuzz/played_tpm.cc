// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/fuzz/played_tpm.h"

// RAND_METHOD: deprecated, and the one way to replace the generator of a program.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <time.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tcti.h>
#include <tss2/tss2_tctildr.h>
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "tests/fuzz/property.h"

// The TSS's own macros are casts in C's style.
#pragma GCC diagnostic ignored "-Wold-style-cast"

namespace tpm2_sealed::fuzz {
namespace {

constexpr std::string_view kName = "played";
constexpr std::uint64_t kMagic = 0x706c61796564ULL;
constexpr std::size_t kHeaderSize = 10;
// More than any action needs, retries included: an action that goes on for ever is found here.
constexpr unsigned kMaxCommands = 5000;

struct Played {
  TSS2_TCTI_CONTEXT_COMMON_V2 common;
  std::optional<Bytes> answer;
};

PlayedTpm *current = nullptr;
unsigned commands = 0;
std::uint64_t random_state = 0;

// SplitMix64 (Steele, Lea and Flood 2014).
std::uint64_t NextRandom() {
  random_state += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = random_state;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
  return z ^ z >> 31;
}

int FixedRandom(unsigned char *buffer, int size) {
  for (int i = 0; i < size; ++i) buffer[i] = static_cast<unsigned char>(NextRandom() & 0xff);
  return 1;
}
int AlwaysSeeded() { return 1; }

constexpr RAND_METHOD kFixed = {.seed = nullptr,
                                .bytes = FixedRandom,
                                .cleanup = nullptr,
                                .add = nullptr,
                                .pseudorand = FixedRandom,
                                .status = AlwaysSeeded};

Played &Self(TSS2_TCTI_CONTEXT *tcti) { return *reinterpret_cast<Played *>(tcti); }

TSS2_RC Transmit(TSS2_TCTI_CONTEXT *tcti, std::size_t size, const std::uint8_t *command) {
  Hold(++commands <= kMaxCommands, "an action ends");
  Hold(size >= kHeaderSize, "a command has a header");
  Self(tcti).answer = current != nullptr ? current->Answer({command, size}) : std::nullopt;
  return TSS2_RC_SUCCESS;
}

// As the TCTIs of tpm2-tss: the size that the header says is told first, then the answer is taken.
TSS2_RC Receive(TSS2_TCTI_CONTEXT *tcti, std::size_t *size, std::uint8_t *response, std::int32_t) {
  const std::optional<Bytes> &answer = Self(tcti).answer;
  if (!answer) return TSS2_TCTI_RC_IO_ERROR;
  if (response == nullptr) {
    std::size_t told = answer->size();
    if (told >= 6) {
      told = 0;
      for (std::size_t i = 2; i < 6; ++i) told = told << 8 | (*answer)[i];
    }
    *size = told;
    return TSS2_RC_SUCCESS;
  }
  if (*size < answer->size()) return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
  std::copy(answer->begin(), answer->end(), response);
  *size = answer->size();
  return TSS2_RC_SUCCESS;
}

// Nothing to wait for: the answer is there.
TSS2_RC GetPollHandles(TSS2_TCTI_CONTEXT *, TSS2_TCTI_POLL_HANDLE *, std::size_t *count) {
  *count = 0;
  return TSS2_RC_SUCCESS;
}

}  // namespace

Playing::Playing(PlayedTpm &tpm) {
  static const int once = [] {
    // The TSS has a line on standard error for every answer that it refuses.
    (void)::setenv("TSS2_LOG", "all+none", 1);
    return RAND_set_rand_method(&kFixed);
  }();
  Hold(once == 1, "random numbers are ours");
  current = &tpm;
  commands = 0;
  random_state = 0;
}

Playing::~Playing() { current = nullptr; }

}  // namespace tpm2_sealed::fuzz

// In the place of libtss2's and of libc's: a program's own functions come first.
using namespace tpm2_sealed::fuzz;

TSS2_RC Tss2_TctiLdr_Initialize(const char *name, TSS2_TCTI_CONTEXT **tcti) {
  if (!std::string_view(name).starts_with(kName)) {
    // Of record.cc, and of the interposer that it may talk through.
    const std::string all = name;
    const std::size_t colon = std::min(all.find(':'), all.size() - 1);
    return Tss2_TctiLdr_Initialize_Ex(all.substr(0, colon).c_str(), all.c_str() + colon + 1, tcti);
  }
  auto *played = new Played{};
  TSS2_TCTI_MAGIC(played) = kMagic;
  TSS2_TCTI_VERSION(played) = 2;
  TSS2_TCTI_TRANSMIT(played) = Transmit;
  TSS2_TCTI_RECEIVE(played) = Receive;
  TSS2_TCTI_GET_POLL_HANDLES(played) = GetPollHandles;
  *tcti = reinterpret_cast<TSS2_TCTI_CONTEXT *>(played);
  return TSS2_RC_SUCCESS;
}

void Tss2_TctiLdr_Finalize(TSS2_TCTI_CONTEXT **tcti) {
  if (*tcti == nullptr || TSS2_TCTI_MAGIC(*tcti) != kMagic) return;  // as long as the program
  delete reinterpret_cast<Played *>(*tcti);
  *tcti = nullptr;
}

// CVE-2023-22745: the chip's code as an index into a table. Nothing here calls it, with a masked
// code or any other.
const char *Tss2_RC_Decode(TSS2_RC) { Broken("response codes go through lib/tpm/link/rc"); }

// tpm2-tss 3.2 makes a library context for every hash, and so loads OpenSSL's provider anew, which
// takes a hundred times as long as the hash.
OSSL_LIB_CTX *OSSL_LIB_CTX_new() { return OSSL_LIB_CTX_get0_global_default(); }
void OSSL_LIB_CTX_free(OSSL_LIB_CTX *) {}

extern "C" int nanosleep(const timespec *, timespec *) { return 0; }
