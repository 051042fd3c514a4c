// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that every response code, whatever the chip makes up, becomes an Error that names it, and
// that the codes which callers handle themselves are told apart from those that only look like
// them.
//
// Codes are written as they come over the wire. Format one (TPM 2.0 Part 2, section 6.6.2): bit 7
// set, the error in bits 0 to 5; bit 6 set: parameter 1 to 15 in bits 8 to 11; otherwise handle 1
// to 7, or with bit 11 session 1 to 7.
#include "lib/tpm/link/rc.h"

#include <tss2/tss2_tpm2_types.h>
#include <initializer_list>

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

constexpr TSS2_RC kEsysLayer = 0x070000;
constexpr TSS2_RC kTctiLayer = 0x0a0000;
// A resource manager answers in the TPM's place: 11 is the kernel's, which uses the TPM's codes.
constexpr TSS2_RC kResmgrLayer = 0x0b0000;
constexpr TSS2_RC kResmgrTpmLayer = 0x0c0000;

using Predicate = bool (*)(TSS2_RC);

void ExpectEach(Predicate predicate, bool expected, std::initializer_list<TSS2_RC> codes,
                Where where = Where::Here()) {
  for (const TSS2_RC code : codes) Expect(predicate(code) == expected, rc::Format(code), where);
}

// Throws for everything but success, with the code in the message. Not by ExpectError: this is for
// very many.
void ExpectThrows(TSS2_RC code) {
  bool named = false;
  try {
    rc::Check("TPM2_Test", code);
  } catch (const Error &error) {
    named = std::string_view(error.what()).find("(TPM2_Test: " + rc::Format(code) + ")") !=
            std::string_view::npos;
  }
  Expect(named, rc::Format(code) + " is an Error that names it");
}

void SuccessIsNoError() { rc::Check("TPM2_Test", 0); }

void EveryTpmCodeIsAnError() {
  for (TSS2_RC code = 1; code <= 0xffff; ++code) ExpectThrows(code);
}

void EveryLayerIsAnError() {
  for (TSS2_RC layer = 0; layer <= 0xff; ++layer) {
    // Another layer's "success" is none: only zero is.
    for (TSS2_RC code = 0; code <= 0xfff; code += layer < 16 ? 1 : 17) {
      if (layer != 0 || code != 0) ExpectThrows(layer << 16 | code);
    }
  }
  for (const TSS2_RC code : {0x01000000u, 0x80000000u, 0xff000101u, 0xffffffffu})
    ExpectThrows(code);
}

// Unmasked, these would be indices and comparisons with what the chip made up.
void NoPredicateTakesACodeOfAnotherLayer() {
  std::size_t known = 0;
  for (TSS2_RC code = 0; code <= 0xffff; ++code) {
    for (const Predicate predicate :
         {&rc::IsHandleEmpty, &rc::IsPolicyPcrMismatch, &rc::IsPcrChanged, &rc::IsAuthRefused,
          &rc::IsNotUnderParent, &rc::IsUnknownHash, &rc::IsUnsupportedKeyType}) {
      known += predicate(code) ? 1 : 0;
      // From the software's own layers, the same number means something else.
      Expect(!predicate(kEsysLayer | code) && !predicate(kTctiLayer | code),
             rc::Format(code) + " of another layer");
    }
  }
  Expect(known > 0, "some are known");
  for (const Predicate predicate : {&rc::IsHandleEmpty, &rc::IsNotUnderParent}) {
    Expect(!predicate(0), "success is nothing of that");
  }
}

void FormatIsEightDigits() {
  ExpectText(rc::Format(0x1c4), "0x000001c4");
  ExpectText(rc::Format(0xffffffff), "0xffffffff");
}

// TPM_RC_HANDLE (0x8b), for any handle, and TPM_RC_REFERENCE_H0 and _H1 (0x910, 0x911).
void AnEmptyHandleIsKnown() {
  ExpectEach(rc::IsHandleEmpty, true,
             {0x08b, 0x18b, 0x28b, 0x78b, 0x1cb, 0x98b, 0x910, 0x911, kResmgrTpmLayer | 0x18b});
  ExpectEach(rc::IsHandleEmpty, false, {0, 0x00b, 0x10b, 0x184, 0x912, 0x918, 0x90b, 0x082});
}

// TPM_RC_VALUE (0x84) for a parameter: the pcrDigest. For a handle or a session it is something
// else.
void APcrMismatchIsAParametersValue() {
  ExpectEach(rc::IsPolicyPcrMismatch, true, {0x1c4, kResmgrTpmLayer | 0x1c4});
  ExpectEach(rc::IsPolicyPcrMismatch, false,
             {0, 0x084, 0x184, 0x284, 0x984, 0x1d5, 0x1c3, 0x1c5, 0x104, 0x904, 0x004});
}

// TPM_RC_PCR_CHANGED (0x128) and TPM_RC_POLICY_FAIL (0x9d, of a session).
void TheWaysAPolicyFailsAreTold() {
  ExpectEach(rc::IsPcrChanged, true, {0x128, kResmgrTpmLayer | 0x128});
  ExpectEach(rc::IsPcrChanged, false, {0, 0x028, 0x928, 0x1a8, 0x99d, 0x127});
  // 0x126 is TPM_RC_POLICY, 0x91d no code of format one.
}

// TPM_RC_AUTH_FAIL (0x8e) and TPM_RC_BAD_AUTH (0xa2, of which bit 5 must not be masked away).
void ARefusedAuthorizationIsKnown() {
  ExpectEach(rc::IsAuthRefused, true, {0x08e, 0x98e, 0x18e, 0x0a2, 0x9a2, 0x1a2});
  ExpectEach(rc::IsAuthRefused, false, {0, 0x921, 0x082, 0x982, 0x09d, 0x12f, 0x92f, 0x022});
}

// TPM_RC_INTEGRITY (0x9f), _SIZE (0x95), _VALUE (0x84), _TYPE (0x8a), the two of authorization, and
// that nothing is at the handle.
void NotUnderThisParentIsKnown() {
  ExpectEach(rc::IsNotUnderParent, true,
             {0x09f, 0x1df, 0x1d5, 0x1c4, 0x18a, 0x28a, 0x98e, 0x9a2, 0x18b, 0x910, 0x12f});
  // Lockout, no memory, a disabled hierarchy, a retry: another parent would not help.
  ExpectEach(rc::IsNotUnderParent, false, {0, 0x921, 0x902, 0x185, 0x922, 0x101, 0x1dc});
}

// For the note of a step that may fail: words where there are any, and always the number.
void CodesAreExplained() {
  ExpectText(rc::Explain(0x14b), "the TPM has no room for it (0x0000014b)");
  ExpectText(rc::Explain(kResmgrTpmLayer | 0x14c),
             "something is at that handle already (0x" +
                 rc::Format(kResmgrTpmLayer | 0x14c).substr(2) + ")");
  ExpectText(rc::Explain(0x923), "the TPM cannot write to its memory now (0x00000923)");
  ExpectText(rc::Explain(0x1c4), "the TPM refused (0x000001c4)");
}

// TPM_RC_NV_AUTHORIZATION (0x149), _NV_LOCKED (0x148), _NV_UNINITIALIZED (0x14a), _AUTH_UNAVAILABLE
// (0x12f), a wrong password, a disabled hierarchy, lockout: somebody else may still read.
void ARefusedReaderIsKnown() {
  ExpectEach(
      rc::IsNvRefused, true,
      {0x149, 0x148, 0x14a, 0x146, 0x12f, 0x98e, 0x9a2, 0x185, 0x921, 0x18b, kResmgrLayer | 0x149});
  ExpectEach(rc::IsNvRefused, false, {0, 0x101, 0x922, 0x14b, 0x14c, 0x902, 0x1c4, 0x049});
}

// TPM_RC_HASH (0x83) for a parameter.
void AnUnknownHashIsKnown() {
  ExpectEach(rc::IsUnknownHash, true, {0x1c3, 0x2c3, kResmgrLayer | 0x1c3});
  ExpectEach(rc::IsUnknownHash, false, {0, 0x183, 0x983, 0x1c4, 0x1d6, 0x103, 0x903});
}

// TPM_RC_TYPE, _CURVE (0xa6), _ASYMMETRIC (0x81), _KEY_SIZE (0x87), _VALUE, _HASH (0x83),
// _SYMMETRIC (0x96), of the second parameter, inPublic.
void UnsupportedKeysAreKnown() {
  ExpectEach(rc::IsUnsupportedKeyType, true, {0x2ca, 0x2e6, 0x2c1, 0x2c7, 0x2c4, 0x2c3, 0x2d6});
  ExpectEach(rc::IsUnsupportedKeyType, false, {0, 0x98e, 0x921, 0x902, 0x185, 0x2cb, 0x103, 0x126});
}

// TPM2_StartAuthSession: 4 is `symmetric`, 5 is authHash. TPM_RC_SYMMETRIC (0x96), _MODE (0x89),
// _VALUE (0x84), _KEY_SIZE (0x87).
void ARefusedCipherIsSaidOfItsParameter() {
  for (const TSS2_RC code : {0x4d6u, 0x4c9u, 0x4c4u, 0x4c7u, kResmgrTpmLayer | 0x4d6u}) {
    Expect(rc::IsSymmetricRefused(code, 4), rc::Format(code));
    for (const unsigned other : {0u, 1u, 3u, 5u, 12u, 20u}) {
      Expect(!rc::IsSymmetricRefused(code, other), rc::Format(code) + " is of parameter 4");
    }
  }
  // Lockout, no memory for a session; the hash; a value of the handle or session 4, where bits 8 to
  // 11 are 4 as well; another layer's.
  for (const TSS2_RC code : {0u, 0x903u, 0x5c3u, 0x4c3u, 0x496u, 0x484u, 0xc96u, 0x416u, 0x0d6u,
                             kEsysLayer | 0x4d6u, kTctiLayer | 0x4d6u}) {
    Expect(!rc::IsSymmetricRefused(code, 4), rc::Format(code) + " is about something else");
    Expect(!rc::IsSymmetricRefused(code, 5), rc::Format(code) + " is about something else, too");
  }
  // TPM2_TestParms has it as its first.
  Expect(rc::IsSymmetricRefused(0x1d6, 1), "the first parameter");
}

// What each says to the user; with handle, parameter and session numbers as they come.
void CodesHaveTheirReasons() {
  struct Row {
    TSS2_RC code;
    Reason reason;
    const char *text;
  };
  for (const Row &row : std::initializer_list<Row>{
           {0x100, Reason::kNoTpm, "was not started"},
           {0x101, Reason::kNoTpm, "failure mode"},
           {0x921, Reason::kLockout, "lockout"},
           {0x98e, Reason::kNotSupported, "an authorization is set"},
           {0x9a2, Reason::kNotSupported, "an authorization is set"},
           {0x185, Reason::kNotSupported, "hierarchy is disabled"},
           {0x143, Reason::kNotSupported, "does not know this command"},
           {kResmgrLayer | 0x143, Reason::kNotSupported, "does not know this command"},
           {0x1df, Reason::kWrongTpm, "does not belong to this TPM"},
           {0x99d, Reason::kPolicyMismatch, "not in the state"},
           {0x128, Reason::kBusy, "PCRs keep changing"},
           {0x902, Reason::kBusy, "no room for another object"},
           {kResmgrTpmLayer | 0x902, Reason::kBusy, "no room for another object"},
           {0x903, Reason::kBusy, "no room for another session"},
           {0x905, Reason::kBusy, "no room for another session"},
           {0x922, Reason::kBusy, "is busy"},
           {0x90a, Reason::kBusy, "testing itself"},
           {kTctiLayer | 0x00a, Reason::kNoTpm, "does not answer"},
           {kEsysLayer | 0x016, Reason::kInternal, "libtss2 failed, not the TPM"},
           {0x1d5, Reason::kInternal, "refused a command"},
       }) {
    ExpectError(
        row.reason, [&] { rc::Check("TPM2_Test", row.code); }, row.text);
    ExpectError(
        row.reason, [&] { rc::Throw("TPM2_Test", row.code); }, rc::Format(row.code));
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(SuccessIsNoError),
      UNIT_TEST(EveryTpmCodeIsAnError),
      UNIT_TEST(EveryLayerIsAnError),
      UNIT_TEST(NoPredicateTakesACodeOfAnotherLayer),
      UNIT_TEST(FormatIsEightDigits),
      UNIT_TEST(AnEmptyHandleIsKnown),
      UNIT_TEST(APcrMismatchIsAParametersValue),
      UNIT_TEST(TheWaysAPolicyFailsAreTold),
      UNIT_TEST(ARefusedAuthorizationIsKnown),
      UNIT_TEST(NotUnderThisParentIsKnown),
      UNIT_TEST(CodesAreExplained),
      UNIT_TEST(ARefusedReaderIsKnown),
      UNIT_TEST(AnUnknownHashIsKnown),
      UNIT_TEST(UnsupportedKeysAreKnown),
      UNIT_TEST(ARefusedCipherIsSaidOfItsParameter),
      UNIT_TEST(CodesHaveTheirReasons),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
