// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/capability.h"

#include <algorithm>
#include <array>
#include <map>

#include "lib/tpm/key/primary.h"
#include "lib/tpm/link/esys.h"
#include "lib/tpm/link/rc.h"

namespace tpm2_sealed {
namespace {

using CapabilityData = EsysPtr<TPMS_CAPABILITY_DATA>;

CapabilityData GetCapability(const Context &context, TPM2_CAP capability, std::uint32_t first,
                             std::uint32_t count) {
  CapabilityData data;
  TPMI_YES_NO more = TPM2_NO;
  context.Check("TPM2_GetCapability",
                Esys_GetCapability(context.esys(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                   capability, first, count, &more, OutPtr(data)));
  return data;
}

// Returns the printable ones of the four characters in a number.
std::string Characters(std::uint32_t value) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const char c = static_cast<char>(value >> shift & 0xff);
    if (c > 0x20 && c < 0x7f) text += c;
  }
  return text;
}

struct Maker {
  std::string_view id;
  const char *guess;
  const char *name;
};

// Ids: TCG Vendor ID Registry, TPM manufacturers.
constexpr std::array kMakers = {
    Maker{"AMD", "firmware", "AMD puts its TPMs into the processor"},
    Maker{"INTC", "firmware", "Intel puts its TPMs (PTT) into the processor"},
    Maker{"QCOM", "firmware", "Qualcomm puts its TPMs into the processor"},
    Maker{"MSFT", "virtual", "Microsoft's TPMs belong to virtual machines (Hyper-V)"},
    Maker{"IBM", "virtual", "the software TPM of libtpms and QEMU calls itself IBM"},
    Maker{"VMW", "virtual", "VMware's TPMs belong to virtual machines"},
    Maker{"GOOG", "virtual", "Google's TPMs belong to virtual machines"},
    Maker{"ATML", "discrete", "Atmel makes TPM chips"},
    Maker{"BRCM", "discrete", "Broadcom makes TPM chips"},
    Maker{"IFX", "discrete", "Infineon makes TPM chips"},
    Maker{"NSM", "discrete", "National Semiconductor makes TPM chips"},
    Maker{"NTC", "discrete", "Nuvoton makes TPM chips"},
    Maker{"NTZ", "discrete", "Nationz makes TPM chips"},
    Maker{"SMSN", "discrete", "Samsung makes TPM chips"},
    Maker{"STM", "discrete", "STMicroelectronics makes TPM chips"},
    Maker{"TXN", "discrete", "Texas Instruments makes TPM chips"},
    Maker{"WEC", "discrete", "Winbond makes TPM chips"},
};

}  // namespace

std::optional<std::uint32_t> TpmProperty(const Context &context, std::uint32_t property) {
  const CapabilityData data = GetCapability(context, TPM2_CAP_TPM_PROPERTIES, property, 1);
  const TPML_TAGGED_TPM_PROPERTY &list = data->data.tpmProperties;
  if (list.count < 1 || list.tpmProperty[0].property != property) return std::nullopt;
  return list.tpmProperty[0].value;
}

std::vector<std::uint32_t> TpmHandles(const Context &context, std::uint32_t first) {
  // One answer is enough: no TPM for which this program is made has more persistent keys.
  const CapabilityData data = GetCapability(context, TPM2_CAP_HANDLES, first, TPM2_MAX_CAP_HANDLES);
  const TPML_HANDLE &list = data->data.handles;
  const std::uint32_t count = std::min<std::uint32_t>(list.count, TPM2_MAX_CAP_HANDLES);
  std::vector<std::uint32_t> handles(list.handle, list.handle + count);
  std::erase_if(handles, [=](std::uint32_t h) { return h >> 24 != first >> 24; });
  return handles;
}

TpmIdentity ReadIdentity(const Context &context) {
  TpmIdentity identity;
  identity.manufacturer = Characters(TpmProperty(context, TPM2_PT_MANUFACTURER).value_or(0));
  for (const std::uint32_t property : {TPM2_PT_VENDOR_STRING_1, TPM2_PT_VENDOR_STRING_2,
                                       TPM2_PT_VENDOR_STRING_3, TPM2_PT_VENDOR_STRING_4}) {
    identity.vendor += Characters(TpmProperty(context, property).value_or(0));
  }
  const std::uint32_t first = TpmProperty(context, TPM2_PT_FIRMWARE_VERSION_1).value_or(0);
  const std::uint32_t second = TpmProperty(context, TPM2_PT_FIRMWARE_VERSION_2).value_or(0);
  identity.firmware = std::to_string(first >> 16) + "." + std::to_string(first & 0xffff) + "." +
                      std::to_string(second >> 16) + "." + std::to_string(second & 0xffff);
  return identity;
}

KindGuess GuessKind(std::string_view manufacturer) {
  for (const Maker &maker : kMakers) {
    if (maker.id == manufacturer) return {maker.guess, maker.name};
  }
  return {"unknown", "the manufacturer '" + std::string(manufacturer) + "' is not known"};
}

std::map<std::uint32_t, std::uint32_t> TpmProperties(const Context &context, std::uint32_t first,
                                                     std::uint32_t last) {
  const CapabilityData data =
      GetCapability(context, TPM2_CAP_TPM_PROPERTIES, first, last - first + 1);
  const TPML_TAGGED_TPM_PROPERTY &list = data->data.tpmProperties;
  std::map<std::uint32_t, std::uint32_t> values;
  for (std::uint32_t i = 0; i < std::min<std::uint32_t>(list.count, TPM2_MAX_TPM_PROPERTIES); ++i) {
    values[list.tpmProperty[i].property] = list.tpmProperty[i].value;
  }
  return values;
}

std::uint32_t PersistentFree(const Context &context) {
  return TpmProperty(context, TPM2_PT_HR_PERSISTENT_AVAIL).value_or(0);
}

PersistentKeys FindPersistentKeys(const Context &context) {
  PersistentKeys keys;
  const std::vector<std::uint32_t> indices = TpmHandles(context, TPM2_NV_INDEX_FIRST);
  for (const std::uint32_t handle : TpmHandles(context, kPersistentFirst)) {
    const auto key_there = KeyAtHandle::Look(context, handle);
    if (!key_there) continue;
    const PublicArea *area = &key_there->area();
    bool known = false;
    for (const KeyTemplate &t : KeyTemplates()) {
      if (!Resembles(*area, t) || !key_there->IsPrimaryOf(t.hierarchy)) continue;
      known = true;
      const std::uint32_t index = t.certificate;
      const bool has =
          index != 0 && std::find(indices.begin(), indices.end(), index) != indices.end();
      PersistentKey key{.template_name = t.name,
                        .handle = handle,
                        .name = area->Name(),
                        .certificate = has ? std::optional(index) : std::nullopt};
      (t.hierarchy == Hierarchy::kEndorsement ? keys.ek : keys.srk).push_back(std::move(key));
    }
    if (!known && IsStorageKey(*area)) {
      keys.srk.push_back({.template_name = TemplateName(TemplateId::kHandle),
                          .handle = handle,
                          .name = area->Name(),
                          .certificate = std::nullopt});
    }
  }
  return keys;
}

}  // namespace tpm2_sealed
