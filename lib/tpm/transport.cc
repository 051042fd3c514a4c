// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/transport.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <tss2/tss2_tctildr.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstring>

#include "lib/base/error.h"
#include "lib/tpm/rc.h"

// The TSS's own macros are casts in C's style.
#pragma GCC diagnostic ignored "-Wold-style-cast"

namespace tpm2_sealed {
namespace {

constexpr std::uint64_t kMagic = 0x74706d327365616cULL;  // "tpm2seal"
constexpr std::size_t kMaxPollHandles = 4;
constexpr std::size_t kHeaderSize = 10;  // TPM 2.0 Part 1, 18.10: tag, size, response code

// The kernel's word on the TPM's family, for machines whose device node is missing: "1" is TPM 1.2.
bool KernelHasTpm12() {
  const int fd = ::open("/sys/class/tpm/tpm0/tpm_version_major", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char version = 0;
  const ssize_t got = ::read(fd, &version, 1);
  (void)::close(fd);
  return got == 1 && version == '1';
}

// The loader reports every cause with the same code; for a device the system knows better.
[[noreturn]] void ThrowNoConnection(std::string tcti, TSS2_RC code) {
  constexpr std::string_view kDevice = "device:";
  constexpr std::string_view kTrace = "pcap:";
  if (tcti.starts_with(kTrace)) tcti.erase(0, kTrace.size());
  if (!tcti.starts_with(kDevice)) {
    throw Error(Reason::kNoTpm,
                "no TPM can be reached through the TCTI '" + tcti + "' (" + rc::Format(code) + ")",
                "check the string (for instance device:/dev/tpmrm0) and that the TPM runs");
  }
  const std::string path = tcti.substr(kDevice.size());
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
  const int error = fd < 0 ? errno : 0;
  if (fd >= 0) (void)::close(fd);
  switch (error) {
    case EACCES:
    case EPERM:
      throw Error(Reason::kNoTpm, "no permission to use the TPM at " + path,
                  "run this as root, or join the group that owns the device");
    case EBUSY:
      throw Error(Reason::kBusy, "another program holds the TPM at " + path,
                  "use /dev/tpmrm0, which many can share, or end that program");
    case ENOENT:
    case ENXIO:
    case ENODEV:
      if (KernelHasTpm12()) {
        throw Error(Reason::kNoTpm, "this machine has a TPM 1.2, which cannot hold these keys",
                    "some machines switch to TPM 2.0 in the firmware setup");
      }
      throw Error(Reason::kNoTpm, "there is no TPM at " + path,
                  "enable it in the firmware setup (often called PTT, fTPM or security device)");
    default:
      throw Error(Reason::kNoTpm,
                  "the TPM at " + path + " cannot be opened (" + rc::Format(code) +
                      (error != 0 ? std::string(", ") + std::strerror(error) : std::string()) + ")",
                  "check that it is a TPM device and that libtss2-tcti-device is installed");
  }
}

// The TCTI would write its commands into whatever file it is given.
void CheckDevice(std::string_view tcti) {
  for (const std::string_view prefix : {"pcap:", "device:"}) {
    if (tcti.starts_with(prefix)) {
      tcti.remove_prefix(prefix.size());
    } else if (prefix == "device:") {
      return;
    }
  }
  struct stat file {};
  const std::string path(tcti);
  if (::stat(path.c_str(), &file) == 0 && !S_ISCHR(file.st_mode)) {
    throw Error(Reason::kNoTpm, path + " is no TPM device", "the kernel's is /dev/tpmrm0");
  }
}

}  // namespace

Transport::Transport(const std::string &tcti, std::chrono::seconds limit) : limit_(limit) {
  CheckDevice(tcti);
  const TSS2_RC code = Tss2_TctiLdr_Initialize(tcti.c_str(), &inner_);
  if (code != TSS2_RC_SUCCESS) ThrowNoConnection(tcti, code);
  wrapper_.self = this;
  TSS2_TCTI_MAGIC(&wrapper_) = kMagic;
  TSS2_TCTI_VERSION(&wrapper_) = 2;
  TSS2_TCTI_TRANSMIT(&wrapper_) = Transmit;
  TSS2_TCTI_RECEIVE(&wrapper_) = Receive;
  TSS2_TCTI_GET_POLL_HANDLES(&wrapper_) = GetPollHandles;
  // Cancel, SetLocality and MakeSticky stay null: ESYS does not need them, and the Tss2_Tcti_*
  // macros answer NOT_IMPLEMENTED for a null function.
}

Transport::~Transport() { Tss2_TctiLdr_Finalize(&inner_); }

Transport *Transport::Self(TSS2_TCTI_CONTEXT *tcti) noexcept {
  if (tcti == nullptr || TSS2_TCTI_MAGIC(tcti) != kMagic) return nullptr;
  return reinterpret_cast<Wrapper *>(tcti)->self;
}

TSS2_RC Transport::Transmit(TSS2_TCTI_CONTEXT *tcti, std::size_t size,
                            const std::uint8_t *command) {
  Transport *self = Self(tcti);
  if (self == nullptr) return TSS2_TCTI_RC_BAD_CONTEXT;
  // A late answer to the last command would be taken for the answer to this one.
  if (self->timed_out_) return TSS2_TCTI_RC_NO_CONNECTION;
  self->answer_is_read_ = false;
  return Tss2_Tcti_Transmit(self->inner_, size, command);
}

TSS2_RC Transport::Receive(TSS2_TCTI_CONTEXT *tcti, std::size_t *size, std::uint8_t *response,
                           std::int32_t timeout) {
  Transport *self = Self(tcti);
  if (self == nullptr) return TSS2_TCTI_RC_BAD_CONTEXT;
  // To tell the size, the TCTI for devices reads the header. Where that is the whole answer, the
  // device has nothing more to wait for (every boot in tests/boot shows it: TPM2_PolicyPCR).
  if (!self->answer_is_read_) {
    const TSS2_RC waited = self->WaitForAnswer();
    if (waited != TSS2_RC_SUCCESS) return waited;
  }
  const TSS2_RC code = Tss2_Tcti_Receive(self->inner_, size, response, timeout);
  self->answer_is_read_ = code == TSS2_RC_SUCCESS && response == nullptr && *size == kHeaderSize;
  // TPM_TAG_RSP_COMMAND: the TSS would call it a general failure.
  if (code == TSS2_RC_SUCCESS && response != nullptr && *size >= 2 && response[0] == 0x00 &&
      response[1] == 0xc4) {
    self->is_tpm12_ = true;
  }
  return code;
}

TSS2_RC Transport::GetPollHandles(TSS2_TCTI_CONTEXT *tcti, TSS2_TCTI_POLL_HANDLE *handles,
                                  std::size_t *count) {
  Transport *self = Self(tcti);
  if (self == nullptr) return TSS2_TCTI_RC_BAD_CONTEXT;
  return Tss2_Tcti_GetPollHandles(self->inner_, handles, count);
}

TSS2_RC Transport::WaitForAnswer() {
  using Clock = std::chrono::steady_clock;
  std::array<TSS2_TCTI_POLL_HANDLE, kMaxPollHandles> handles{};
  std::size_t count = handles.size();
  if (Tss2_Tcti_GetPollHandles(inner_, handles.data(), &count) != TSS2_RC_SUCCESS || count == 0) {
    return TSS2_RC_SUCCESS;  // no descriptor to wait on: the TCTI itself waits
  }
  // The handles ask for POLLOUT too, which is true at once; only an answer counts here.
  for (std::size_t i = 0; i < count; ++i) handles[i].events = POLLIN;
  const auto deadline = Clock::now() + limit_;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) break;
    const int ready = ::poll(handles.data(), count, static_cast<int>(left));
    if (ready > 0) return TSS2_RC_SUCCESS;
    if (ready < 0 && errno != EINTR) return TSS2_TCTI_RC_IO_ERROR;
  }
  timed_out_ = true;
  // Not TRY_AGAIN: the synchronous Esys_ functions would repeat it for ever.
  return TSS2_TCTI_RC_IO_ERROR;
}

}  // namespace tpm2_sealed
