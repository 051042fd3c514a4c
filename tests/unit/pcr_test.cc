// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that a choice of PCRs is read, written and handed to the TPM as it was meant, and that the
// digest of expected values is the one that the TPM computes. Reading PCRs needs a TPM and is left
// to the integration tests.
#include "lib/tpm/policy/pcr.h"

#include <tss2/tss2_mu.h>
#include <array>
#include <set>

#include "lib/tpm/bank_warnings.h"
#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

std::string Parsed(std::string_view text, std::string_view bank = "sha256") {
  return PcrSelection::Parse(text, bank).Format();
}

void SelectionsAreRead() {
  ExpectText(Parsed("7"), "sha256:7");
  ExpectText(Parsed("0+7"), "sha256:0+7");
  ExpectText(Parsed("0,7"), "sha256:0+7");
  ExpectText(Parsed("0,7+11"), "sha256:0+7+11");
  ExpectText(Parsed("23"), "sha256:23");
  ExpectText(Parsed("sha1:4"), "sha1:4");
  ExpectText(Parsed("sha384:0,7"), "sha384:0+7");
  ExpectText(Parsed("sha512:1"), "sha512:1");
  ExpectText(Parsed("sm3_256:1"), "sm3_256:1");
  ExpectText(Parsed("7", "sha384"), "sha384:7");
  // What stands in the text counts.
  ExpectText(Parsed("sha256:7", "sha1"), "sha256:7");
}

// A set: neither order nor repetition is part of the policy.
void SelectionsAreSets() {
  ExpectText(Parsed("11+7+0"), "sha256:0+7+11");
  ExpectText(Parsed("7+7+7"), "sha256:7");
}

void EveryPcrCanBeChosen() {
  std::string all;
  for (std::uint32_t pcr = 0; pcr < 24; ++pcr) {
    const std::string number = std::to_string(pcr);
    const PcrSelection selection = PcrSelection::Parse(number, "sha256");
    assert_int_equal(selection.mask, 1u << pcr);
    Expect(selection.Numbers() == std::vector{pcr}, number);
    for (std::uint32_t other = 0; other < 24; ++other) {
      Expect(selection.Contains(other) == (other == pcr), number + " and " + std::to_string(other));
    }
    ExpectText(Parsed(selection.Format(), "sha1"), selection.Format());
    all += (pcr == 0 ? "" : "+") + number;
  }
  const PcrSelection selection = PcrSelection::Parse(all, "sha256");
  assert_int_equal(selection.mask, 0xffffff);
  assert_int_equal(selection.Numbers().size(), 24);
  ExpectText(selection.Format(), "sha256:" + all);
}

void BadSelectionsAreRefused() {
  const auto refused = [](std::string_view text, std::string_view part) {
    ExpectError(
        Reason::kNotSupported, [&] { (void)PcrSelection::Parse(text, "sha256"); }, part);
  };
  refused("", "no PCR is chosen");
  refused("sha256:", "no PCR is chosen");
  refused("24", "'24' is not a PCR number (they are 0 to 23)");
  refused("0+24", "'24' is not a PCR number");
  // These would be 7 if they wrapped around at 32 bits, or were shifted by more than a word has.
  refused("4294967303", "is not a PCR number");
  refused("39", "is not a PCR number");
  for (const char *text : {" ", " 7", "7 ", "-1", "x", "0x7", "7.", "+7", ",7", "7++8", "7,,8",
                           "7-8", "7;8", "0 7", "all", "sha256:sha1:7", "sha256: 7", "7\n"}) {
    refused(text, "is not a PCR number");
  }
  for (const char *text : {"7+", "7,", "sha256:0+7,"}) refused(text, "a PCR number is missing");
  for (const char *text : {"md5:7", ":7", "SHA256:7", "sha256 :7", "sha:7", "sha2567:7", "7:7"}) {
    refused(text, "there is no PCR bank '");
  }
  ExpectError(
      Reason::kNotSupported, [] { (void)PcrSelection::Parse("7", "sha3-256"); },
      "there is no PCR bank 'sha3-256'");
}

// TPM 2.0 Part 2, section 6.3.
void BanksHaveTheirAlgorithms() {
  assert_int_equal(BankAlgorithm("sha1"), 0x0004);
  assert_int_equal(BankAlgorithm("sha256"), 0x000b);
  assert_int_equal(BankAlgorithm("sha384"), 0x000c);
  assert_int_equal(BankAlgorithm("sha512"), 0x000d);
  assert_int_equal(BankAlgorithm("sm3_256"), 0x0012);
  ExpectError(
      Reason::kNotSupported, [] { (void)BankAlgorithm(""); }, "there is no PCR bank ''");
}

// TPML_PCR_SELECTION (Part 2, sections 10.9.7 and 10.6.2): count, hash, size of the bit map, the
// bit map with PCR 0 in the lowest bit of the first byte. Always three bytes: a shorter one would
// be another policy digest.
void TheTpmGetsTheSelection() {
  const auto marshalled = [](std::string_view text) {
    const TPML_PCR_SELECTION selection = PcrSelection::Parse(text, "sha256").ToTpm();
    std::array<std::uint8_t, sizeof selection> bytes{};
    std::size_t size = 0;
    assert_int_equal(
        Tss2_MU_TPML_PCR_SELECTION_Marshal(&selection, bytes.data(), bytes.size(), &size), 0);
    return Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
  };
  ExpectHex(marshalled("0"), "00000001 000b 03 010000");
  ExpectHex(marshalled("7"), "00000001 000b 03 800000");
  ExpectHex(marshalled("8"), "00000001 000b 03 000100");
  ExpectHex(marshalled("16"), "00000001 000b 03 000001");
  ExpectHex(marshalled("23"), "00000001 000b 03 000080");
  ExpectHex(marshalled("0+7+15"), "00000001 000b 03 818000");
  ExpectHex(marshalled("sha1:4+23"), "00000001 0004 03 100080");
  ExpectHex(marshalled("sha384:11"), "00000001 000c 03 000800");
}

void ValuesKnowTheirSelection() {
  const PcrValues values{.bank = "sha1", .values = {{23, Bytes(20)}, {0, Bytes(20)}, {7, {}}}};
  ExpectText(values.Selection().Format(), "sha1:0+7+23");
  assert_int_equal(PcrValues{.bank = "sha256"}.Selection().mask, 0);
}

// python3: hashlib.sha256(b'\x04'*20 + b'\xff'*20), and so on: always SHA-256, which is the
// session's hash, whatever the bank's is, and in ascending order of the numbers.
void TheDigestIsOverAllValues() {
  const PcrValues one{.bank = "sha256", .values = {{7, Bytes(32, 0x07)}}};
  ExpectHex(one.Digest(), "4bb06f8e4e3a7715d201d573d0aa423762e55dabd61a2c02278fa56cc6d294e0");
  PcrValues sha1{.bank = "sha1", .values = {}};
  sha1.values[23] = Bytes(20, 0xff);
  sha1.values[4] = Bytes(20, 0x04);
  ExpectHex(sha1.Digest(), "f61ca10c5ea4f4e007a9b9b75f2af9f5eb3db090656129a8f87918328510bf73");
  PcrValues all{.bank = "sha256", .values = {}};
  for (std::uint32_t pcr = 24; pcr-- > 0;) {
    all.values[pcr] = Bytes(32, static_cast<std::uint8_t>(pcr));
  }
  ExpectHex(all.Digest(), "88991c8481c6d67ba8de50a57b61a9076836372634d644bc8682c3e321358c6e");
}

void EveryPcrHasAMeaning() {
  std::set<std::string> meanings;
  for (std::uint32_t pcr = 0; pcr < 24; ++pcr) {
    const std::string meaning = PcrMeaning(pcr);
    Expect(!meaning.empty() && meaning != "no such PCR", std::to_string(pcr));
    meanings.insert(meaning);
  }
  // 19 to 22 share theirs; another repetition would be a slip.
  assert_int_equal(meanings.size(), 21);
  ExpectText(PcrMeaning(7), "Secure Boot policy");
  ExpectText(PcrMeaning(23), "applications");
  ExpectText(PcrMeaning(24), "no such PCR");
  ExpectText(PcrMeaning(0xffffffff), "no such PCR");
}

void UnextendedIsAllZerosOrAllOnes() {
  for (const std::size_t size : {20u, 32u, 48u, 64u}) {
    for (const std::uint8_t fill : Bytes{0x00, 0xff}) {
      Bytes value(size, fill);
      Expect(IsUnextended(value), std::to_string(size) + " bytes of " + std::to_string(fill));
      for (const std::size_t place : {std::size_t{0}, size / 2, size - 1}) {
        value.assign(size, fill);
        value[place] ^= 1;
        Expect(!IsUnextended(value), "one bit differs at " + std::to_string(place));
      }
    }
    Expect(!IsUnextended(Bytes(size, 0x01)), "another byte everywhere");
    // Half of each.
    Bytes mixed(size, 0x00);
    mixed.back() = 0xff;
    Expect(!IsUnextended(mixed), "zeros and ones");
  }
}

// Whoever allocates banks anew can leave a part of one.
void PartialBanksAreWarnedOf() {
  constexpr std::uint32_t kAll = 0xffffff;
  const PcrBank whole{.name = "sha256", .mask = kAll}, none{.name = "sha384"};
  const PcrBank part{.name = "sha1", .mask = 0xff00ff};
  Expect(whole.IsWhole() && whole.IsActive() && whole.Has(15), "a whole bank");
  Expect(!none.IsWhole() && !none.IsActive() && !none.Has(15), "no bank");
  Expect(!part.IsWhole() && part.IsActive() && part.Has(7) && !part.Has(15), "a part of one");
  assert_int_equal(BankWarnings({whole, none}).size(), 0);
  const auto warnings = BankWarnings({whole, part, none});
  assert_int_equal(warnings.size(), 1);
  ExpectText(warnings[0].id, "partial-bank");
  ExpectContains(warnings[0].message,
                 "bank sha1 of this TPM lacks PCR 8, 9, 10, 11, 12, 13, 14, 15:");
  Expect(ActiveBanks({whole, none, part}) == std::vector<std::string>{"sha256", "sha1"}, "active");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(SelectionsAreRead),
      UNIT_TEST(SelectionsAreSets),
      UNIT_TEST(EveryPcrCanBeChosen),
      UNIT_TEST(BadSelectionsAreRefused),
      UNIT_TEST(BanksHaveTheirAlgorithms),
      UNIT_TEST(TheTpmGetsTheSelection),
      UNIT_TEST(ValuesKnowTheirSelection),
      UNIT_TEST(TheDigestIsOverAllValues),
      UNIT_TEST(PartialBanksAreWarnedOf),
      UNIT_TEST(EveryPcrHasAMeaning),
      UNIT_TEST(UnextendedIsAllZerosOrAllOnes),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
