// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that the latch is extended by the documented value: readers of event logs know it by that.
#include "lib/tpm/policy/latch.h"

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

// printf 'cryptsetup-tpm2 latch v1' | sha1sum, and so on.
void TheDigestIsTheDocumentedOne() {
  ExpectHex(LatchDigest("sha1"), "133be2fc8a9d710da3da0403686bbb74d0d70bf4");
  ExpectHex(LatchDigest("sha256"),
            "d44caf8b4dc10323a079439c3323852d7568363d7a30871dab49e7ad52e0ed0b");
  assert_int_equal(LatchDigest("sha384").size(), 48);
  assert_int_equal(LatchDigest("sha512").size(), 64);
  // With or without SM3 in this OpenSSL.
  assert_int_equal(LatchDigest("sm3_256").size(), 32);
  ExpectError(
      Reason::kNotSupported, [] { (void)LatchDigest("md5"); }, "md5");
}

// IsUnextended of the PCRs takes all ones for unextended as well: here that would be open.
void OnlyALatchOfZerosIsOpen() {
  Expect(!IsLatchExtended(Bytes(32, 0x00)), "zeros");
  Expect(IsLatchExtended(Bytes(32, 0xff)), "ones");
  for (const std::size_t at : {0u, 17u, 31u}) {
    Bytes value(32, 0x00);
    value[at] = 1;
    Expect(IsLatchExtended(value), "one bit in byte " + std::to_string(at));
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(TheDigestIsTheDocumentedOne),
      UNIT_TEST(OnlyALatchOfZerosIsOpen),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
