// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/link/transport.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <tss2/tss2_tctildr.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "lib/base/error.h"
#include "lib/tpm/link/hung_tpms.h"
#include "lib/tpm/link/rc.h"

// The TSS's macros contain C-style casts.
#pragma GCC diagnostic ignored "-Wold-style-cast"

namespace tpm2_sealed {
namespace {

constexpr std::uint64_t kMagic = 0x74706d327365616cULL;  // "tpm2seal"
constexpr std::size_t kMaxPollHandles = 4;
constexpr std::size_t kHeaderSize = 10;  // TPM 2.0 Part 1, section 18.10: tag, size, response code

// Asks the kernel for the TPM's family, for machines without a device node: "1" is TPM 1.2.
bool KernelHasTpm12() {
  const int fd = ::open("/sys/class/tpm/tpm0/tpm_version_major", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char version = 0;
  const ssize_t got = ::read(fd, &version, 1);
  (void)::close(fd);
  return got == 1 && version == '1';
}

// The loader reports every cause with the same code; errno tells more about a device.
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

// The TCTI would write its commands into any file that it is given.
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
    throw Error(Reason::kNoTpm, path + " is not a TPM device", "the kernel's is /dev/tpmrm0");
  }
}

}  // namespace

Transport::Transport(const std::string &tcti, std::chrono::seconds limit, IfHung if_hung)
    : name_(tcti), limit_(limit) {
  CheckDevice(tcti);
  // All tokens that are tried wait for one limit together (tests/integration/hung.test).
  if (if_hung == IfHung::kRefuse && HungTpms::Here().Contains(tcti)) {
    throw Error(Reason::kNoTpm,
                "the TPM of the TCTI '" + tcti + "' did not answer in time, and is not asked again",
                "restart the machine, or use another passphrase");
  }
  if (!AnswersInTime(tcti, limit)) {
    HungTpms::Here().Add(tcti);
    throw Error(Reason::kNoTpm,
                "the software TPM of the TCTI '" + tcti + "' did not answer within " +
                    std::to_string(limit.count()) + " seconds",
                "check whether it hangs, or whether another program holds its control channel");
  }
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
  // A late answer to the last command would be taken for the answer to this command.
  if (self->timed_out_) return TSS2_TCTI_RC_NO_CONNECTION;
  self->refusal_is_due_ = self->silent_;
  if (self->silent_) return TSS2_RC_SUCCESS;
  self->answer_is_here_ = false;
  self->answered_handle_ = 0;
  self->last_command_ = {const_cast<std::uint8_t *>(command), size};
  self->last_answer_ = {};
  self->DropUnread();
  return Tss2_Tcti_Transmit(self->inner_, size, command);
}

TSS2_RC Transport::Receive(TSS2_TCTI_CONTEXT *tcti, std::size_t *size, std::uint8_t *response,
                           std::int32_t timeout) {
  Transport *self = Self(tcti);
  if (self == nullptr) return TSS2_TCTI_RC_BAD_CONTEXT;
  if (self->refusal_is_due_) return self->Refuse(size, response);
  if (!self->answer_is_here_) {
    const TSS2_RC waited = self->WaitForAnswer();
    if (waited != TSS2_RC_SUCCESS) return waited;
  }
  const TSS2_RC code = Tss2_Tcti_Receive(self->inner_, size, response, timeout);
  // To tell the size, the TCTI for devices reads the header. If that is the whole answer, no more
  // will come from the device (every boot in tests/boot shows this with TPM2_PolicyPCR).
  self->answer_is_here_ |= code == TSS2_RC_SUCCESS && response == nullptr && *size == kHeaderSize;
  if (code == TSS2_RC_SUCCESS) self->unread_ = response == nullptr ? *size : 0;
  if (code == TSS2_RC_SUCCESS && response != nullptr) {
    self->last_answer_ = {response, *size};
    self->LookAt(self->last_answer_);
  }
  return code;
}

TSS2_RC Transport::Refuse(std::size_t *size, std::uint8_t *response) noexcept {
  // An answer consists of TPM_ST_NO_SESSIONS, its size and TPM_RC_FAILURE.
  constexpr std::array<std::uint8_t, kHeaderSize> kRefusal = {0x80,        0x01, 0, 0,    0,
                                                              kHeaderSize, 0,    0, 0x01, 0x01};
  if (response != nullptr) {
    if (*size < kRefusal.size()) return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
    std::copy(kRefusal.begin(), kRefusal.end(), response);
    refusal_is_due_ = false;
  }
  *size = kRefusal.size();
  return TSS2_RC_SUCCESS;
}

void Transport::LookAt(std::span<const std::uint8_t> answer) noexcept {
  // This is TPM_TAG_RSP_COMMAND of TPM 1.2, which the TSS would report as a general failure.
  if (answer.size() >= 2 && answer[0] == 0x00 && answer[1] == 0xc4) is_tpm12_ = true;
  // After a response code of zero comes the handle, if the command makes one: Part 1, section
  // 18.10.
  if (answer.size() < kHeaderSize + 4 || answer[6] != 0 || answer[7] != 0 || answer[8] != 0 ||
      answer[9] != 0) {
    return;
  }
  for (std::size_t i = 0; i < 4; ++i) {
    answered_handle_ = answered_handle_ << 8 | answer[kHeaderSize + i];
  }
}

void Transport::WipeLastExchange() const noexcept {
  for (auto *memory : {&last_command_, &last_answer_}) {
    if (!memory->empty()) explicit_bzero(memory->data(), memory->size());
    *memory = {};
  }
}

// libtss2 does not take an answer that is larger than its buffer, and would read it as the answer
// to the next command. It is here as a whole, so this does not wait.
void Transport::DropUnread() noexcept {
  constexpr std::size_t kMost = 65536;
  std::size_t size = std::exchange(unread_, 0);
  if (size == 0 || size > kMost) return;
  try {
    std::vector<std::uint8_t> dropped(size);
    (void)Tss2_Tcti_Receive(inner_, &size, dropped.data(), TSS2_TCTI_TIMEOUT_BLOCK);
  } catch (const std::bad_alloc &) {
    // The next command fails then.
  }
}

TSS2_RC Transport::GetPollHandles(TSS2_TCTI_CONTEXT *tcti, TSS2_TCTI_POLL_HANDLE *handles,
                                  std::size_t *count) {
  Transport *self = Self(tcti);
  if (self == nullptr) return TSS2_TCTI_RC_BAD_CONTEXT;
  return Tss2_Tcti_GetPollHandles(self->inner_, handles, count);
}

std::vector<TSS2_TCTI_POLL_HANDLE> Transport::HandlesToPoll() {
  std::vector<TSS2_TCTI_POLL_HANDLE> handles(kMaxPollHandles);
  std::size_t count = handles.size();
  if (Tss2_Tcti_GetPollHandles(inner_, handles.data(), &count) != TSS2_RC_SUCCESS) {
    return sockets_.OpenedSince();
  }
  handles.resize(std::min(count, handles.size()));
  // The TCTI asks for POLLOUT too, which is always true; only an answer counts here.
  for (TSS2_TCTI_POLL_HANDLE &handle : handles) handle.events = POLLIN;
  return handles;
}

TSS2_RC Transport::WaitForAnswer() {
  using Clock = std::chrono::steady_clock;
  std::vector<TSS2_TCTI_POLL_HANDLE> handles = HandlesToPoll();
  if (handles.empty()) return TSS2_RC_SUCCESS;  // no descriptor: the TCTI itself waits
  // A part of an answer is not enough: the TCTI would read it and wait for the rest.
  const auto is_here = [&](const TSS2_TCTI_POLL_HANDLE &handle) {
    return handle.revents != 0 && HasWholeAnswer(handle.fd, name_);
  };
  const auto deadline = Clock::now() + limit_;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) break;
    const int ready = ::poll(handles.data(), handles.size(), static_cast<int>(left));
    if (ready < 0 && errno != EINTR) return TSS2_TCTI_RC_IO_ERROR;
    if (ready <= 0) continue;
    if (std::ranges::any_of(handles, is_here)) {
      answer_is_here_ = IsSoftwareTpm(name_);
      return TSS2_RC_SUCCESS;
    }
    constexpr int kMomentMs = 10;
    (void)::poll(nullptr, 0, kMomentMs);
  }
  timed_out_ = true;
  HungTpms::Here().Add(name_);
  // With TRY_AGAIN, the synchronous Esys_ functions would repeat it without end.
  return TSS2_TCTI_RC_IO_ERROR;
}

}  // namespace tpm2_sealed
