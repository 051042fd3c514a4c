// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/link/software_tpm.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>

#include "lib/base/c_handle.h"

namespace tpm2_sealed {
namespace {

using Clock = std::chrono::steady_clock;

// A kind of software TPM. `question` is what its control channel is asked for a sign of life: a
// command that changes nothing. An answer on its data channel has its size at offset `size_at`, and
// `more` bytes beside so many. The TCTI waits for `head` bytes before it reads the size.
struct Kind {
  std::string_view name;
  std::array<std::uint8_t, 4> question;
  std::size_t size_at;
  std::size_t more;
  std::size_t head;
};
constexpr std::array kKinds = {
    // CMD_GET_CAPABILITY (swtpm_ioctls(3)). Answers are bare (TPM 2.0 Part 1, section 18.10).
    Kind{"swtpm", {0, 0, 0, 1}, 2, 0, 10},
    // TPM_SIGNAL_POWER_ON, which changes nothing if the power is on. An answer stands between its
    // size and a status (TcpTpmProtocol.h of the reference implementation).
    Kind{"mssim", {0, 0, 0, 1}, 0, 8, 4},
};
constexpr std::size_t kMostAnswer = 65536;

const Kind *KindOf(std::string_view tcti) {
  const auto *found = std::ranges::find_if(
      kKinds, [&](const Kind &k) { return tcti.find(k.name) != std::string_view::npos; });
  return found == kKinds.end() ? nullptr : found;
}

// The address of the control channel, which is derived from that of the data channel.
struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

std::optional<Address> UnixAddress(const std::string &path) {
  Address address;
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.size() >= sizeof name.sun_path) return std::nullopt;
  std::copy(path.begin(), path.end(), name.sun_path);
  std::memcpy(&address.bytes, &name, sizeof name);
  address.size = sizeof name;
  return address;
}

// Only numbers and "localhost" are accepted: the look-up of a name may wait without end.
std::optional<Address> TcpAddress(const std::string &host, std::uint16_t port) {
  Address address;
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  const char *number = host == "localhost" ? "127.0.0.1" : host.c_str();
  if (::inet_pton(AF_INET, number, &name.sin_addr) != 1) return std::nullopt;
  std::memcpy(&address.bytes, &name, sizeof name);
  address.size = sizeof name;
  return address;
}

// Parses "path=X" or "host=H,port=P", as the TCTIs do.
std::optional<Address> SecondChannel(std::string_view conf) {
  std::string host = "127.0.0.1";
  std::uint16_t port = 2321;
  while (!conf.empty()) {
    const std::string_view pair = conf.substr(0, conf.find(','));
    conf.remove_prefix(std::min(conf.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view key = pair.substr(0, equals), value = pair.substr(equals + 1);
    if (key == "path") return UnixAddress(std::string(value) + ".ctrl");
    if (key == "host") host = value;
    if (key == "port") std::from_chars(value.data(), value.data() + value.size(), port);
  }
  return TcpAddress(host, static_cast<std::uint16_t>(port + 1));
}

class OwnSocket {
 public:
  explicit OwnSocket(int family)
      : fd_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {}
  OwnSocket(const OwnSocket &) = delete;
  OwnSocket &operator=(const OwnSocket &) = delete;
  ~OwnSocket() {
    if (fd_ >= 0) (void)::close(fd_);
  }
  int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

int LeftOf(Clock::time_point deadline) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::max<std::int64_t>(left, 0));
}

// Returns false only if the time is over.
bool WaitFor(int fd, short events, Clock::time_point deadline) {
  pollfd handle{.fd = fd, .events = events, .revents = 0};
  for (;;) {
    const int ready = ::poll(&handle, 1, LeftOf(deadline));
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
    if (LeftOf(deadline) == 0) return false;
  }
}

enum class Connected { kYes, kRefused, kTooLate };

Connected Connect(const OwnSocket &socket, const Address &address, Clock::time_point deadline) {
  for (;;) {
    const auto *name = reinterpret_cast<const sockaddr *>(&address.bytes);
    if (::connect(socket.fd(), name, address.size) == 0) return Connected::kYes;
    if (errno == EINPROGRESS) {
      return WaitFor(socket.fd(), POLLOUT, deadline) ? Connected::kYes : Connected::kTooLate;
    }
    // The queue of the UNIX socket is full, since the software TPM accepts no connection now.
    if (errno != EAGAIN && errno != EINTR) return Connected::kRefused;
    if (LeftOf(deadline) == 0) return Connected::kTooLate;
    constexpr int kMomentMs = 50;
    (void)::poll(nullptr, 0, std::min(kMomentMs, LeftOf(deadline)));
  }
}

bool Answers(const Address &address, const Kind &kind, Clock::time_point deadline) {
  const OwnSocket socket(address.bytes.ss_family);
  if (socket.fd() < 0) return true;
  const Connected connected = Connect(socket, address, deadline);
  if (connected != Connected::kYes) return connected == Connected::kRefused;
  if (::send(socket.fd(), kind.question.data(), kind.question.size(), MSG_NOSIGNAL) < 0)
    return true;
  if (!WaitFor(socket.fd(), POLLIN, deadline)) return false;
  std::array<std::uint8_t, 64> answer;
  (void)!::recv(socket.fd(), answer.data(), answer.size(), 0);
  return true;
}

}  // namespace

bool AnswersInTime(std::string_view tcti, std::chrono::milliseconds limit) {
  const Kind *kind = KindOf(tcti);
  if (kind == nullptr) return true;
  const std::size_t colon = tcti.find(':', tcti.find(kind->name));
  const auto address =
      SecondChannel(colon == std::string_view::npos ? std::string_view() : tcti.substr(colon + 1));
  return !address || Answers(*address, *kind, Clock::now() + limit);
}

bool IsSoftwareTpm(std::string_view tcti) { return KindOf(tcti) != nullptr; }

bool HasWholeAnswer(int fd, std::string_view tcti) {
  const Kind *kind = KindOf(tcti);
  if (kind == nullptr) return true;
  // No more than these bytes are copied, since the rest may be a secret in the clear.
  std::array<std::uint8_t, 6> head;
  const ssize_t got = ::recv(fd, head.data(), head.size(), MSG_PEEK | MSG_DONTWAIT);
  if (got <= 0) return got == 0 || errno != EAGAIN;
  int here = 0;
  if (::ioctl(fd, FIONREAD, &here) != 0) return true;
  // If the connection has ended, no more bytes will come.
  pollfd end{.fd = fd, .events = POLLRDHUP, .revents = 0};
  if (::poll(&end, 1, 0) > 0) return true;
  if (static_cast<std::size_t>(got) < kind->size_at + 4) return false;
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) size = size << 8 | head[kind->size_at + i];
  size += kind->more;
  // The TCTI waits for the header, whatever the size is.
  const std::size_t needed = size > kMostAnswer ? kind->head : std::max(size, kind->head);
  return static_cast<std::size_t>(here) >= needed;
}

std::vector<SocketWatch::Socket> SocketWatch::Open() {
  std::vector<Socket> sockets;
  const auto look_at = [&](int fd) {
    struct stat file {};
    if (::fstat(fd, &file) == 0 && S_ISSOCK(file.st_mode)) sockets.push_back({fd, file.st_ino});
  };
  const CHandle<DIR, ::closedir> directory(::opendir("/proc/self/fd"));
  // If there is no /proc, low numbers are tried: a new descriptor gets the lowest free one.
  constexpr int kUsualMost = 1024;
  for (int fd = 0; !directory && fd < kUsualMost; ++fd) look_at(fd);
  while (const dirent *entry = directory ? ::readdir(directory.get()) : nullptr) {
    const std::string_view name = entry->d_name;
    int fd = -1;
    if (std::from_chars(name.data(), name.data() + name.size(), fd).ec == std::errc()) look_at(fd);
  }
  return sockets;
}

std::vector<pollfd> SocketWatch::OpenedSince() const {
  std::vector<pollfd> opened;
  for (const Socket &socket : Open()) {
    if (std::find(before_.begin(), before_.end(), socket) != before_.end()) continue;
    opened.push_back({.fd = socket.fd, .events = POLLIN, .revents = 0});
  }
  return opened;
}

}  // namespace tpm2_sealed
