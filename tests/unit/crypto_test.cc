// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that hashes and key derivation are the standards', by their published vectors, and that
// random bytes are fresh.
#include "lib/base/crypto.h"

#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <set>

#include "tests/unit/test.h"

namespace {

// How the kernel's generator answers.
enum class Kernel { kAsItIs, kInterruptedAndShort, kFails };
Kernel kernel = Kernel::kAsItIs;
unsigned calls = 0;

}  // namespace

// In place of the C library's: the real one interrupts nobody on demand.
extern "C" ssize_t getrandom(void *buffer, size_t length, unsigned flags) {
  ++calls;
  if (kernel == Kernel::kFails || (kernel == Kernel::kInterruptedAndShort && calls % 2 == 1)) {
    errno = kernel == Kernel::kFails ? ENOSYS : EINTR;
    return -1;
  }
  if (kernel == Kernel::kInterruptedAndShort) length = std::min<size_t>(length, 7);
  return ::syscall(SYS_getrandom, buffer, length, flags);
}

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

constexpr std::string_view kTwoBlocks256 =
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
constexpr std::string_view kTwoBlocks512 =
    "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqr"
    "lmnopqrsmnopqrstnopqrstu";

// first, first + 1, …, end - 1
Bytes Count(unsigned first, unsigned end) {
  Bytes bytes;
  for (unsigned i = first; i < end; ++i) bytes.push_back(static_cast<std::uint8_t>(i));
  return bytes;
}

// FIPS 180-2, appendix B, and NIST's example values for the empty message.
void Sha256HasThePublishedVectors() {
  ExpectHex(Sha256({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  ExpectHex(Sha256(View("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  ExpectHex(Sha256(View(kTwoBlocks256)),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  ExpectHex(Sha256(Bytes(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// FIPS 180-2, appendix D.
void Sha384HasThePublishedVectors() {
  ExpectHex(
      Digest("sha384", View("abc")),
      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca1"
      "34c825a7");
  ExpectHex(
      Digest("sha384", View(kTwoBlocks512)),
      "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa"
      "91746039");
}

// Of each of the other banks one, so that no name stands for another hash. SHA-1 and SHA-512: FIPS
// 180-2, appendices A and C. SM3: GB/T 32905-2016, appendix A.1.
void TheOtherBanksHaveTheirHashes() {
  ExpectHex(Digest("sha1", View("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  ExpectHex(
      Digest("sha512", View("abc")),
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23"
      "a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
  ExpectHex(Digest("sha256", View("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Bytes sm3;
  try {
    sm3 = Digest("sm3_256", View("abc"));
  } catch (const Error &error) {
    // Some distributions build OpenSSL without it.
    Expect(error.reason() == Reason::kNotSupported, error.what());
    return;
  }
  ExpectHex(sm3, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
}

void DigestSizesAreTheHashes() {
  for (const char *hash : {"sha1", "sha256", "sha384", "sha512"}) {
    Expect(DigestSize(hash) == Digest(hash, {}).size(), hash);
  }
  Expect(DigestSize("sha1") == 20u, "sha1");
  Expect(DigestSize("sha256") == 32u, "sha256");
  Expect(DigestSize("sha384") == 48u, "sha384");
  Expect(DigestSize("sha512") == 64u, "sha512");
  Expect(DigestSize("sm3_256") == 32u, "sm3_256");
}

// OpenSSL knows some of them; a PCR bank is none of them.
void OtherHashesAreRefused() {
  for (const char *hash :
       {"", "md5", "SHA256", "sha-256", "sha224", "sha3-256", "sha2561", "sha25"}) {
    Expect(!DigestSize(hash), hash);
    ExpectError(
        Reason::kNotSupported, [&] { (void)Digest(hash, {}); },
        std::string("the hash ") + hash + " is not available");
  }
}

// RFC 5869, appendix A.1 and A.2.
void HkdfHasTheVectorsOfTheRfc() {
  const Bytes info1 = Count(0xf0, 0xfa);
  const Bytes info2 = Count(0xb0, 0x100);
  const auto text = [](const Bytes &bytes) { return std::string(bytes.begin(), bytes.end()); };
  ExpectHex(HkdfSha256(Bytes(22, 0x0b), Count(0, 13), text(info1), 42).view(),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  ExpectHex(
      HkdfSha256(Count(0x00, 0x50), Count(0x60, 0xb0), text(info2), 82).view(),
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c6"
      "5e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
}

// RFC 5869, appendix A.3: zero-length salt and info, however the caller points to no bytes.
void HkdfNeedsNeitherSaltNorInfo() {
  constexpr std::string_view kExpected =
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8";
  ExpectHex(HkdfSha256(Bytes(22, 0x0b), View(""), "", 42).view(), kExpected);
  ExpectHex(HkdfSha256(Bytes(22, 0x0b), {}, {}, 42).view(), kExpected);
}

// RFC 5869, section 2.3: 255 blocks at most.
void HkdfEndsWhereTheRfcEndsIt() {
  const Bytes key(32, 1);
  const SecretBytes longest = HkdfSha256(key, key, "info", 8160);
  const SecretBytes shorter = HkdfSha256(key, key, "info", 40);
  ExpectHex(longest.view().first(40), HexEncode(shorter.view()));
  ExpectError(
      Reason::kInternal, [&] { (void)HkdfSha256(key, key, "info", 8161); }, "HKDF");
}

// The zero byte and what follows it count: the info is bytes, not a C string.
void HkdfTakesEveryInputWhole() {
  const auto derive = [](ByteView key, ByteView salt, std::string_view info) {
    return HexEncode(HkdfSha256(key, salt, info, 32).view());
  };
  const Bytes key(32, 1);
  const Bytes other(32, 2);
  const std::set<std::string> seen = {
      derive(key, key, {}),
      derive(other, key, {}),
      derive(key, other, {}),
      derive(key, key, "a"),
      derive(key, key, std::string_view("a\0", 2)),
      derive(key, key, std::string_view("a\0b", 3)),
      derive(key, key, std::string_view("a\0c", 3)),
  };
  assert_int_equal(seen.size(), 7);
}

// No run of 32 bytes out of the generator is zeros, or what another call gave: with probability
// 2^-256 this fails by chance.
void RandomBytesAreFresh() {
  std::set<std::string> seen = {std::string(64, '0')};
  for (int i = 0; i < 16; ++i) {
    const SecretBytes random = KernelRandom(32);
    assert_int_equal(random.size(), 32);
    Expect(seen.insert(HexEncode(random.view())).second, "never seen before");
  }
}

// getrandom(2) may be interrupted, and gives more than 256 bytes only as it likes: the rest must
// come too, up to the last byte.
void RandomIsRandomToItsEnd() {
  for (const Kernel mode : {Kernel::kAsItIs, Kernel::kInterruptedAndShort}) {
    kernel = mode;
    const SecretBytes random = KernelRandom(1001);
    kernel = Kernel::kAsItIs;
    assert_int_equal(random.size(), 1001);
    for (std::size_t i = 0; i + 16 <= random.size(); i += 5) {
      const ByteView part = random.view().subspan(i, 16);
      Expect(HexEncode(part) != std::string(32, '0'), "random at " + std::to_string(i));
    }
  }
}

void NoRandomIsAnError() {
  kernel = Kernel::kFails;
  ExpectError(
      Reason::kInternal, [] { (void)KernelRandom(32); }, "the kernel's random generator failed");
  // Nothing to ask for.
  Expect(KernelRandom(0).empty(), "no bytes");
  kernel = Kernel::kAsItIs;
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(Sha256HasThePublishedVectors), UNIT_TEST(Sha384HasThePublishedVectors),
      UNIT_TEST(TheOtherBanksHaveTheirHashes), UNIT_TEST(DigestSizesAreTheHashes),
      UNIT_TEST(OtherHashesAreRefused),        UNIT_TEST(HkdfHasTheVectorsOfTheRfc),
      UNIT_TEST(HkdfNeedsNeitherSaltNorInfo),  UNIT_TEST(HkdfEndsWhereTheRfcEndsIt),
      UNIT_TEST(HkdfTakesEveryInputWhole),     UNIT_TEST(RandomBytesAreFresh),
      UNIT_TEST(RandomIsRandomToItsEnd),       UNIT_TEST(NoRandomIsAnError),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
