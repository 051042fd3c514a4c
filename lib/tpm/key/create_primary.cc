// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/key/create_primary.h"

#include <cstdlib>
#include <string>

#include "lib/base/error.h"
#include "lib/tpm/link/esys.h"
#include "lib/tpm/link/rc.h"
#include "lib/tpm/link/stray.h"

namespace tpm2_sealed {

std::variant<TransientObject, CreateRefusal> TryCreatePrimary(const Context &context,
                                                              const KeyTemplate &key_template) {
  const TPM2B_SENSITIVE_CREATE no_sensitive{};
  const TPM2B_DATA no_data{};
  const TPML_PCR_SELECTION no_pcrs{};
  const TPM2B_PUBLIC public_template = key_template.Public();
  EsysPtr<TPM2B_PUBLIC> area;
  EsysPtr<TPM2B_CREATION_DATA> creation_data;
  EsysPtr<TPM2B_DIGEST> creation_hash;
  EsysPtr<TPMT_TK_CREATION> ticket;
  const ESYS_TR hierarchy =
      key_template.hierarchy == Hierarchy::kEndorsement ? ESYS_TR_RH_ENDORSEMENT : ESYS_TR_RH_OWNER;
  TransientObject key(context);
  const TSS2_RC code = context.Retry([&] {
    return Esys_CreatePrimary(context.esys(), hierarchy, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                              ESYS_TR_NONE, &no_sensitive, &public_template, &no_data, &no_pcrs,
                              key.out(), OutPtr(area), OutPtr(creation_data), OutPtr(creation_hash),
                              OutPtr(ticket));
  });
  FlushStrayObjects(context, code,
                    [&](const PublicArea &made) { return Resembles(made, key_template); });
  if (rc::IsAuthRefused(code)) return CreateRefusal::kHierarchyPassword;
  if (rc::IsHierarchyDisabled(code)) return CreateRefusal::kHierarchyDisabled;
  if (rc::IsUnsupportedKeyType(code)) return CreateRefusal::kNoSuchKeys;
  context.Check("TPM2_CreatePrimary", code);
  return key;
}

void ThrowRefusal(const KeyTemplate &key_template, CreateRefusal refusal) {
  const std::string name(key_template.name);
  if (refusal == CreateRefusal::kNoSuchKeys) {
    throw Error(Reason::kNotSupported, "the TPM cannot make the key " + name,
                "choose another, or keys that are persistent already, by their handles");
  }
  const char *hierarchy =
      key_template.hierarchy == Hierarchy::kEndorsement ? "endorsement" : "owner";
  if (refusal == CreateRefusal::kHierarchyDisabled) {
    throw Error(
        Reason::kNotSupported,
        "the key " + name + " cannot be made: the TPM's " + hierarchy + " hierarchy is disabled",
        "enable it in the firmware setup, or use --salt-key srk");
  }
  throw Error(
      Reason::kNotSupported,
      "the key " + name + " cannot be made: the TPM's " + hierarchy + " hierarchy has a password",
      "make the key persistent with that password (tpm2_evictcontrol), or clear it");
}

TransientObject CreatePrimary(const Context &context, const KeyTemplate &key_template) {
  auto made = TryCreatePrimary(context, key_template);
  if (auto *key = std::get_if<TransientObject>(&made)) return std::move(*key);
  ThrowRefusal(key_template, std::get<CreateRefusal>(made));
}

Bytes SerializeTr(const Context &context, EsysTr tr) {
  CHandle<std::uint8_t, Esys_Free> buffer;
  std::size_t size = 0;
  context.Check("Esys_TR_Serialize",
                Esys_TR_Serialize(context.esys(), Raw(tr), OutPtr(buffer), &size));
  return Bytes(buffer.get(), buffer.get() + size);
}

std::optional<EsysKeyRecord> ParseEsysRecord(ByteView record) {
  // Layout in tpm2-tss 3.2 to 4.2 (esys_mu.c, IESYS_RESOURCE): handle (4 bytes), TPM2B_NAME,
  // resource type (4 bytes), for keys a TPM2B_PUBLIC. The area must start where the layout says and
  // fill the rest: a check for "ends with the pinned bytes" would accept an RSA modulus that ends
  // with them.
  constexpr std::size_t kHandle = 4, kNameSize = 2, kType = 4;
  if (record.size() < kHandle + kNameSize) return std::nullopt;
  const std::size_t name_size =
      static_cast<std::size_t>(record[kHandle] << 8 | record[kHandle + 1]);
  const std::size_t area_at = kHandle + kNameSize + name_size + kType;
  if (area_at >= record.size()) return std::nullopt;
  try {
    PublicArea area = PublicArea::Parse(record.subspan(area_at), "the TPM's key");
    const ByteView name = record.subspan(kHandle + kNameSize, name_size);
    return EsysKeyRecord{Bytes(record.begin(), record.begin() + kHandle),
                         Bytes(name.begin(), name.end()), std::move(area)};
  } catch (const Error &) {
    return std::nullopt;
  }
}

std::optional<PublicArea> AreaThatEsysUses(const Context &context, EsysTr tr) {
  auto record = ParseEsysRecord(SerializeTr(context, tr));
  return record ? std::optional(std::move(record->area)) : std::nullopt;
}

}  // namespace tpm2_sealed
