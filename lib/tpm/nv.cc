// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/nv.h"

#include <algorithm>
#include <string>

#include "lib/base/encoding.h"
#include "lib/base/error.h"
#include "lib/tpm/capability.h"
#include "lib/tpm/link/esys.h"
#include "lib/tpm/link/rc.h"

namespace tpm2_sealed {
namespace {

// Every TPM returns at least so many bytes at once; real ones return 512 to 2048.
constexpr std::uint32_t kSmallestBuffer = 256;

[[noreturn]] void ThrowUnreadable(std::uint32_t index, const std::string &why) {
  throw Error(Reason::kNotSupported,
              "the NV index " + FormatHandle(index) + " cannot be read: " + why,
              "look at it with 'tpm2_nvreadpublic'");
}

// Closes the ESYS_TR of an index in its destructor.
class Index {
 public:
  Index(const Context &context, ESYS_TR tr) : context_(context), tr_(tr) {}
  Index(const Index &) = delete;
  Index &operator=(const Index &) = delete;
  ~Index() { (void)Esys_TR_Close(context_.esys(), &tr_); }
  ESYS_TR tr() const { return tr_; }

 private:
  const Context &context_;
  ESYS_TR tr_;
};

// Returns the authorizations that the attributes allow, in the order to try them. The index's own
// comes last unless the index has TPMA_NV_NO_DA: if its password is not empty, the TPM counts a
// wrong try.
std::vector<ESYS_TR> Readers(TPMA_NV attributes, ESYS_TR index) {
  std::vector<ESYS_TR> readers;
  const bool own = (attributes & TPMA_NV_AUTHREAD) != 0;
  const bool exempt = (attributes & TPMA_NV_NO_DA) != 0;
  if (own && exempt) readers.push_back(index);
  if ((attributes & TPMA_NV_OWNERREAD) != 0) readers.push_back(ESYS_TR_RH_OWNER);
  if ((attributes & TPMA_NV_PPREAD) != 0) readers.push_back(ESYS_TR_RH_PLATFORM);
  if (own && !exempt) readers.push_back(index);
  return readers;
}

std::size_t ChunkSize(const Context &context) {
  const std::uint32_t said = TpmProperty(context, TPM2_PT_NV_BUFFER_MAX).value_or(kSmallestBuffer);
  return std::clamp<std::uint32_t>(said, kSmallestBuffer, TPM2_MAX_NV_BUFFER_SIZE);
}

// Returns nullopt if the TPM refuses this reader.
std::optional<Bytes> ReadAs(const Context &context, ESYS_TR reader, const Index &index,
                            std::size_t size) {
  const std::size_t chunk = ChunkSize(context);
  Bytes bytes;
  while (bytes.size() < size) {
    const auto wanted = static_cast<UINT16>(std::min(chunk, size - bytes.size()));
    EsysPtr<TPM2B_MAX_NV_BUFFER> data;
    const TSS2_RC code = context.Retry([&] {
      return Esys_NV_Read(context.esys(), reader, index.tr(), ESYS_TR_PASSWORD, ESYS_TR_NONE,
                          ESYS_TR_NONE, wanted, static_cast<UINT16>(bytes.size()), OutPtr(data));
    });
    if (rc::IsNvRefused(code)) return std::nullopt;
    context.Check("TPM2_NV_Read", code);
    // Without this check, a TPM that returns no bytes would make the loop endless.
    if (data->size != wanted) return std::nullopt;
    bytes.insert(bytes.end(), data->buffer, data->buffer + data->size);
  }
  return bytes;
}

}  // namespace

std::optional<Bytes> ReadNv(const Context &context, std::uint32_t handle) {
  ESYS_TR tr = ESYS_TR_NONE;
  const TSS2_RC code =
      Esys_TR_FromTPMPublic(context.esys(), handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &tr);
  if (rc::IsHandleEmpty(code)) return std::nullopt;
  context.Check("TPM2_NV_ReadPublic", code);
  const Index index(context, tr);
  EsysPtr<TPM2B_NV_PUBLIC> area;
  EsysPtr<TPM2B_NAME> name;
  context.Check("TPM2_NV_ReadPublic",
                Esys_NV_ReadPublic(context.esys(), index.tr(), ESYS_TR_NONE, ESYS_TR_NONE,
                                   ESYS_TR_NONE, OutPtr(area), OutPtr(name)));
  const TPMA_NV attributes = area->nvPublic.attributes;
  const std::size_t size = area->nvPublic.dataSize;
  if ((attributes & TPMA_NV_TPM2_NT_MASK) >> TPMA_NV_TPM2_NT_SHIFT != TPM2_NT_ORDINARY) {
    ThrowUnreadable(handle, "it holds no plain data");
  }
  if ((attributes & TPMA_NV_WRITTEN) == 0) ThrowUnreadable(handle, "nothing was written to it");
  if (size > kMaxNvSize) {
    ThrowUnreadable(handle, "it has " + std::to_string(size) + " bytes, more than " +
                                std::to_string(kMaxNvSize));
  }
  for (const ESYS_TR reader : Readers(attributes, index.tr())) {
    if (auto bytes = ReadAs(context, reader, index, size)) return bytes;
  }
  ThrowUnreadable(handle, "neither its own empty password nor the owner's or platform's opens it");
}

std::vector<std::uint32_t> NvIndices(const Context &context, std::uint32_t first,
                                     std::uint32_t last) {
  std::vector<std::uint32_t> indices = TpmHandles(context, first);
  std::erase_if(indices, [=](std::uint32_t index) { return index < first || index > last; });
  std::ranges::sort(indices);
  return indices;
}

}  // namespace tpm2_sealed
