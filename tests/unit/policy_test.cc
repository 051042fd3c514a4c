// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that the policy digest computed in software is the TPM's, by vectors that were computed
// without this project's code, and that everything the policy consists of is in it.
#include "lib/tpm/policy/policy.h"

#include <set>

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

Policy PcrPolicy(const PcrValues &pcrs) { return {{PcrStep{pcrs}}}; }

// TPM 2.0 Part 3, TPM2_PolicyPCR, in a SHA-256 session that starts with 32 zero bytes:
//
//   policyDigest' = SHA256(policyDigest || TPM_CC_PolicyPCR || pcrs || pcrDigest)
//   pcrDigest     = SHA256(values in ascending order of their numbers)
//   pcrs          = TPML_PCR_SELECTION: count, hash, sizeofSelect, bit map
//
// The vectors below are from this python3, for {7: b'\x07' * 32} in bank sha256 (0x000b):
//
//   def policy(bank, values):
//       mask = sum(1 << pcr for pcr in values)
//       pcrs = struct.pack('>IHB', 1, bank, 3) + mask.to_bytes(3, 'little')
//       digest = hashlib.sha256(b''.join(values[pcr] for pcr in sorted(values))).digest()
//       return hashlib.sha256(bytes(32) + bytes.fromhex('0000017f') + pcrs + digest).hexdigest()
//   policy(0x000b, {7: b'\x07' * 32})
void ExpectDigest(const PcrValues &pcrs, std::string_view hex, Where where = Where::Here()) {
  ExpectHex(PcrPolicy(pcrs).Digest(), hex, where);
}

// pcrs 00000001000b03800000, pcrDigest 4bb06f8e…94e0
void OnePcrHasTheKnownDigest() {
  ExpectDigest({.bank = "sha256", .values = {{7, Bytes(32, 0x07)}}},
               "558849a0429135265c3dd6805ac252c2eca1ee7604742129c96f58d8821c2a89");
}

// policyDigest' = SHA256(policyDigest || TPM_CC_PolicyAuthValue), in python3:
//
//   hashlib.sha256(bytes(32) + bytes.fromhex('0000016b')).hexdigest()
//   hashlib.sha256(bytes.fromhex(policy(0x000b, {7: b'\x07' * 32}) + '0000016b')).hexdigest()
void AnAuthValueComesLast() {
  ExpectHex(Policy{{AuthValueStep{}}}.Digest(),
            "8fcd2169ab92694e0c633f1ab772842b8241bbc20288981fc7ac1eddc1fddb0e");
  const PcrValues pcrs{.bank = "sha256", .values = {{7, Bytes(32, 0x07)}}};
  ExpectHex(Policy{{PcrStep{pcrs}, AuthValueStep{}}}.Digest(),
            "ae1f75f5556533825cf586210ad5850f533a6f0599a9da7aa58e5f45d1c40c53");
}

// pcrs 00000001000b03818000, pcrDigest 4be4ce9b…9cd8: values a0…, a7…, and zeros (the latch)
void SeveralPcrsHaveTheKnownDigest() {
  ExpectDigest({.bank = "sha256",
                .values = {{0, Bytes(32, 0xa0)}, {7, Bytes(32, 0xa7)}, {15, Bytes(32, 0x00)}}},
               "c45a6c594f9123c59a2de282b3b932c5b84a6b9ba74d97226daf598382cc349d");
}

// pcrs 00000001000b03ffffff, pcrDigest 88991c84…8c6e: PCR n holds 32 times the byte n
void AllPcrsHaveTheKnownDigest() {
  PcrValues pcrs{.bank = "sha256", .values = {}};
  for (std::uint32_t pcr = 0; pcr < 24; ++pcr) {
    pcrs.values[pcr] = Bytes(32, static_cast<std::uint8_t>(pcr));
  }
  ExpectDigest(pcrs, "8bc5cad0e5407722a53f19125a61dbe10aa1c4d39d40b8f6d68d2b2015593eee");
}

// pcrs 00000001000403100080, pcrDigest f61ca10c…bf73: hashed with SHA-256 all the same
void TheSha1BankHasTheKnownDigest() {
  ExpectDigest({.bank = "sha1", .values = {{4, Bytes(20, 0x04)}, {23, Bytes(20, 0xff)}}},
               "83a13838d2f1752779eb669cf034905210ec4efafc9c686acd51f14fcff6071f");
}

// pcrs 00000001000c03000800, pcrDigest 4dbdc2b2…e6c3: the bytes 0 to 47
void TheSha384BankHasTheKnownDigest() {
  Bytes value;
  for (std::uint8_t i = 0; i < 48; ++i) value.push_back(i);
  ExpectDigest({.bank = "sha384", .values = {{11, value}}},
               "d1abc4497037427d360fca92d922b067333aa06f0db5a3233a975cb726800d86");
}

// pcrs 00000001000d03040100, pcrDigest 61476c79…ad9f
void TheSha512BankHasTheKnownDigest() {
  ExpectDigest({.bank = "sha512", .values = {{2, Bytes(64, 0x02)}, {8, Bytes(64, 0x08)}}},
               "03e5b4a8aeb25d3df6ed53145324b6cb9e250e098f8efb54ce31381d369e996c");
}

// pcrs 00000001001203000001, pcrDigest 6f5ecb8f…2857
void TheSm3BankHasTheKnownDigest() {
  ExpectDigest({.bank = "sm3_256", .values = {{16, Bytes(32, 0x16)}}},
               "3e45c288697b9630c042901acf05f928559a5c5ca72488cec79c5931da52493b");
}

// What a policy session starts with: an object with this authPolicy is one without any condition.
void APolicyWithoutConditionsIsZeros() { ExpectHex(Policy{}.Digest(), std::string(64, '0')); }

void TheOrderOfTheStepsCounts() {
  const PcrStep pcrs{{.bank = "sha256", .values = {{7, Bytes(32, 0x07)}}}};
  const Policy one{{pcrs, AuthValueStep{}}}, other{{AuthValueStep{}, pcrs}};
  Expect(one.Digest() != other.Digest(), "another order is another policy");
}

void TheOrderOfAdditionDoesNotMatter() {
  PcrValues upwards{.bank = "sha256", .values = {}};
  PcrValues downwards{.bank = "sha256", .values = {}};
  for (std::uint32_t i = 0; i < 24; ++i) {
    upwards.values[i] = Bytes(32, static_cast<std::uint8_t>(i));
    downwards.values[23 - i] = Bytes(32, static_cast<std::uint8_t>(23 - i));
  }
  ExpectDigest(upwards, HexEncode(PcrPolicy(downwards).Digest()));
}

// Bank, number, and every byte of the value: each changes the policy.
void EveryPartOfThePcrsChangesTheDigest() {
  const Bytes value(32, 0x07);
  std::set<Bytes> seen = {Policy{}.Digest()};
  std::size_t count = 1;
  const auto add = [&](const PcrValues &pcrs) {
    seen.insert(PcrPolicy(pcrs).Digest());
    ++count;
  };
  add({.bank = "sha256", .values = {}});
  for (std::uint32_t pcr = 0; pcr < 24; ++pcr) add({.bank = "sha256", .values = {{pcr, value}}});
  add({.bank = "sm3_256", .values = {{7, value}}});
  for (std::size_t i = 0; i < value.size(); ++i) {
    Bytes other = value;
    other[i] ^= 0x80;
    add({.bank = "sha256", .values = {{7, other}}});
  }
  // Two values, and the same two exchanged.
  add({.bank = "sha256", .values = {{0, Bytes(32, 1)}, {7, Bytes(32, 2)}}});
  add({.bank = "sha256", .values = {{0, Bytes(32, 2)}, {7, Bytes(32, 1)}}});
  assert_int_equal(seen.size(), count);
}

void AnUnknownBankIsRefused() {
  ExpectError(
      Reason::kNotSupported, [] { (void)PcrPolicy({.bank = "md5", .values = {}}).Digest(); },
      "there is no PCR bank 'md5'");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(OnePcrHasTheKnownDigest),
      UNIT_TEST(AnAuthValueComesLast),
      UNIT_TEST(SeveralPcrsHaveTheKnownDigest),
      UNIT_TEST(AllPcrsHaveTheKnownDigest),
      UNIT_TEST(TheSha1BankHasTheKnownDigest),
      UNIT_TEST(TheSha384BankHasTheKnownDigest),
      UNIT_TEST(TheSha512BankHasTheKnownDigest),
      UNIT_TEST(TheSm3BankHasTheKnownDigest),
      UNIT_TEST(APolicyWithoutConditionsIsZeros),
      UNIT_TEST(TheOrderOfTheStepsCounts),
      UNIT_TEST(TheOrderOfAdditionDoesNotMatter),
      UNIT_TEST(EveryPartOfThePcrsChangesTheDigest),
      UNIT_TEST(AnUnknownBankIsRefused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
