// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzz target: response codes, which are the chip's word: all 32 bits of them. What is looked up is
// masked before (CVE-2023-22745 was a table of libtss2-rc that was not), and what nobody's layer
// says is not taken for the TPM's.
#include <tss2/tss2_tpm2_types.h>
#include <array>

#include "lib/tpm/link/rc.h"
#include "tests/fuzz/property.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::fuzz;

Error Thrown(TSS2_RC code) {
  const auto error = RefusalOf(0, [&] { rc::Throw("TPM2_Test", code); });
  if (!error) Broken("Throw throws");
  Hold(std::string(error->what()).find(rc::Format(code)) != std::string::npos, "the code is named");
  return *error;
}

using Question = bool (*)(TSS2_RC);
constexpr std::array<Question, 10> kNumberless = {rc::IsHandleEmpty, rc::IsPcrChanged,
                                                  rc::IsAuthRefused, rc::IsNotUnderParent,
                                                  rc::IsLockout,     rc::IsBusy,
                                                  rc::IsFull,        rc::IsHierarchyDisabled,
                                                  rc::IsNvRefused,   rc::IsUnsupportedKeyType};

void CheckStranger(TSS2_RC code) {
  for (const Question is : kNumberless) Hold(!is(code), "nobody else's code is the TPM's");
  Hold(!rc::IsPolicyPcrMismatch(code) && !rc::IsUnknownHash(code) && !rc::IsSchemeRefused(code),
       "nobody else's code is about a parameter");
  for (unsigned p = 0; p < 16; ++p) Hold(!rc::IsSymmetricRefused(code, p), "nor about the cipher");
}

// Of a format-one code, the number of parameter, handle or session changes nothing but where it is
// asked for.
void CheckMask(TSS2_RC code) {
  if ((code & TPM2_RC_FMT1) == 0) return;
  const TSS2_RC other = code ^ (TPM2_RC_N_MASK | TPM2_RC_P);
  for (const Question is : kNumberless) Hold(is(code) == is(other), "the number does not matter");
  Hold(Thrown(code).reason() == Thrown(other).reason(), "nor for the reason");
  unsigned parameters = 0;
  for (unsigned p = 0; p < 16; ++p) parameters += rc::IsSymmetricRefused(code, p) ? 1 : 0;
  Hold(parameters <= 1, "a refusal is about one parameter");
  if (parameters == 1) Hold((code & TPM2_RC_P) != 0, "a refused cipher is a parameter");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  ByteView input(data, size);
  TSS2_RC code = 0;
  for (int i = 0; i < 4; ++i) code = code << 8 | TakeByte(input);
  (void)Thrown(code);
  if (rc::IsFromTpm(code)) {
    CheckMask(code);
  } else {
    CheckStranger(code);
  }
  Hold(RefusalOf(0, [&] { rc::Check("TPM2_Test", code); }).has_value() == (code != 0),
       "success alone is no error");
  return 0;
}
