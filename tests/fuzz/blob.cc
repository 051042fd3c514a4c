// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzz target: the byte strings of a token that the TSS unmarshals: public areas, the sealed
// object's two parts, and ESYS's record of a key. What is taken gives the same bytes again, down to
// the last one.
#include <tss2/tss2_tpm2_types.h>
#include <algorithm>
#include <cstdlib>

#include "lib/base/crypto.h"
#include "lib/tpm/key/create_primary.h"
#include "lib/tpm/key/key_template.h"
#include "lib/tpm/key/primary.h"
#include "lib/tpm/sealed_object.h"
#include "tests/fuzz/property.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::fuzz;

bool Same(ByteView one, ByteView other) { return std::ranges::equal(one, other); }

void CheckName(const PublicArea &area, std::size_t input_size) {
  const auto refused = RefusalOf(input_size, [&] {
    const Bytes name = area.Name();
    Hold(name.size() == 2 + DigestSize(HashName(area->nameAlg)).value_or(0), "a Name's size");
    Hold((name[0] << 8 | name[1]) == area->nameAlg, "a Name's hash");
  });
  if (refused) Hold(refused->reason() == Reason::kNotSupported, "an unknown hash is the reason");
}

void CheckNumbers(const PublicArea &area) {
  const auto numbers = area.Numbers();
  if (!numbers) return;
  Hold(numbers->first.empty() || numbers->first.front() != 0, "no leading zeros");
  Hold(numbers->second.empty() || numbers->second.front() != 0, "no leading zeros");
  Hold(numbers->first.size() <= 512 && numbers->second.size() <= 128, "numbers of a key");
  Hold(numbers->curve.empty() == (area->type == TPM2_ALG_RSA), "RSA has no curve");
}

// Whatever is taken for a salt key is made and kept by the TPM.
void CheckSaltKey(const PublicArea &area, std::size_t input_size) {
  if (RefusalOf(input_size, [&] { CheckSaltKeyArea(area); })) return;
  Hold(area.Has(ObjectAttributes::kFixedTpm | ObjectAttributes::kFixedParent |
                ObjectAttributes::kSensitiveDataOrigin | ObjectAttributes::kRestricted |
                ObjectAttributes::kDecrypt),
       "a salt key's attributes");
  Hold(area->type == TPM2_ALG_RSA || area->type == TPM2_ALG_ECC, "a salt key's type");
}

void CheckArea(ByteView input) {
  const PublicArea area = PublicArea::Parse(input, "the input");
  Hold(Same(area.Marshalled(), input), "an area's bytes");
  CheckName(area, input.size());
  CheckNumbers(area);
  CheckSaltKey(area, input.size());
  (void)IsStorageKey(area);
  for (const KeyTemplate &t : KeyTemplates()) {
    if (Resembles(area, t))
      Hold((area->type == TPM2_ALG_RSA) == (t.type == KeyType::kRsa),
           "what resembles a template has its type");
  }
}

void CheckSealed(ByteView input) {
  const ByteView public_area = TakePiece(input);
  const SealedObject object = SealedObject::Parse(public_area, input);
  Hold(Same(object.public_area().Marshalled(), public_area), "the public part's bytes");
  Hold(Same(object.MarshalledPrivate(), input), "the private part's bytes");
  Hold(!object.public_area().Has(ObjectAttributes::kUserWithAuth), "only the policy opens it");
  Hold(object.AuthPolicy().size() <= sizeof(TPMU_HA), "an authPolicy's size");
}

void CheckRecord(ByteView input) {
  const auto record = ParseEsysRecord(input);
  if (!record) return;
  const Bytes area = record->area.Marshalled();
  Hold(record->handle.size() == 4, "a handle's size");
  Hold(4 + 2 + record->name.size() + 4 + area.size() == input.size(), "nothing beside the parts");
  Hold(Same(record->handle, input.first(4)), "the handle's bytes");
  Hold(Same(record->name, input.subspan(6, record->name.size())), "the Name's bytes");
  Hold(Same(area, input.last(area.size())), "the area's bytes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  // The TSS has a line on standard error for everything that it refuses.
  static const int quiet = ::setenv("TSS2_LOG", "all+none", 1);
  (void)quiet;
  ByteView input(data, size);
  const std::uint8_t what = TakeByte(input);
  // On a copy of its own size: a sanitizer sees a read past the end.
  const Bytes exact(input.begin(), input.end());
  (void)RefusalOf(size, [&] {
    if (what % 3 == 0) CheckArea(exact);
    if (what % 3 == 1) CheckSealed(exact);
    if (what % 3 == 2) CheckRecord(exact);
  });
  return 0;
}
