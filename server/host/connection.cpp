#include "server/host/connection.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <utility>

#include <fmt/format.h>
#include <linux/sockios.h>

#include "server/host/connections.h"
#include "server/host/refusal.h"

namespace timeservice::host {
namespace {

/// How much is thrown away at a time of what comes too late.
constexpr int kLateReads = 8;

std::string text_of(const sockaddr_in6& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (IN6_IS_ADDR_V4MAPPED(&address.sin6_addr)) {
    inet_ntop(AF_INET, &address.sin6_addr.s6_addr[12], text, sizeof text);
    return fmt::format("{}:{}", text, ntohs(address.sin6_port));
  }
  inet_ntop(AF_INET6, &address.sin6_addr, text, sizeof text);
  return fmt::format("[{}]:{}", text, ntohs(address.sin6_port));
}

}  // namespace

Connection::Connection(Connections& owner, std::uint64_t id, int fd, const sockaddr_in6* peer,
                       wire::TlsContext tls)
    : owner_(owner),
      counters_(owner.counters()),
      id_(id),
      fd_(fd),
      phase_(tls ? Phase::kHandshake : Phase::kIdle),
      since_(coarse_now()),
      tls_context_(std::move(tls)),
      handshaking_(tls_context_ != nullptr),
      stamped_(peer != nullptr && owner.wants_stamps()) {
  if (peer != nullptr) peer_ = *peer;
  if (handshaking_) owner_.handshakes_.fetch_add(1, std::memory_order_relaxed);
}

Connection::~Connection() { close(); }

std::string Connection::peer() const {
  return peer_.sin6_family == AF_INET6 ? text_of(peer_) : std::string("unix");
}

std::chrono::milliseconds Connection::in_phase(std::chrono::milliseconds now) const {
  return now - since_.load(std::memory_order_relaxed);
}

std::size_t Connection::receive(std::span<std::uint8_t> room) {
  if (!tls_) return receive_plain(room, 0).value_or(0);
  for (;;) {
    if (const auto got = receive_tls(room)) return *got;
    wait_for_socket(wants_room() ? POLLOUT : POLLIN);
  }
}

std::optional<std::size_t> Connection::try_receive(std::span<std::uint8_t> room) {
  return tls_ ? receive_tls(room) : receive_plain(room, MSG_DONTWAIT);
}

std::optional<std::size_t> Connection::receive_plain(std::span<std::uint8_t> room, int flags) {
  room = bounded(room);
  while (!room.empty()) {
    const ssize_t got = receive_raw(room, flags);
    if (got > 0) return took(got);
    if (got < 0 && errno == EAGAIN) return std::nullopt;
    if (got == 0 || errno != EINTR) break;
  }
  return 0;
}

ssize_t Connection::receive_raw(std::span<std::uint8_t> room, int flags) {
  return stamped_ ? receive_stamped(fd_, room, flags, receipt_)
                  : ::recv(fd_, room.data(), room.size(), flags);
}

// A socket that is shut down for reading gives out not only what had arrived, but all
// that arrives after it too (Linux).
std::span<std::uint8_t> Connection::bounded(std::span<std::uint8_t> room) {
  if (!reading_stopped()) return room;
  if (!last_bytes_) {
    int arrived = 0;
    ::ioctl(fd_, FIONREAD, &arrived);
    last_bytes_ = static_cast<std::size_t>(arrived);
  }
  return room.first(std::min(room.size(), *last_bytes_));
}

std::size_t Connection::took(ssize_t bytes) {
  const auto count = static_cast<std::size_t>(bytes);
  if (last_bytes_) *last_bytes_ -= std::min(*last_bytes_, count);
  counters_.bytes_in.add(count);
  return count;
}

std::optional<std::size_t> Connection::try_send(std::span<const std::uint8_t> bytes) {
  const auto sent = tls_ ? send_tls(bytes) : send_plain(bytes);
  if (sent) counters_.replies_out.add(*sent);
  return sent;
}

std::optional<std::size_t> Connection::send_plain(std::span<const std::uint8_t> bytes) {
  for (;;) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      counters_.bytes_out.add(static_cast<std::size_t>(sent));
      return static_cast<std::size_t>(sent);
    }
    if (errno == EAGAIN) return 0;
    if (errno != EINTR) return std::nullopt;
  }
}

// Not waiting in send() itself: it would come back only when all is taken, and
// nobody could tell a slow client from one that takes nothing.
bool Connection::send(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    enter(Phase::kWriting);
    const auto sent = try_send(bytes);
    if (!sent) return false;
    bytes = bytes.subspan(*sent);
    if (*sent > 0) continue;
    wait_for_socket(POLLOUT);
  }
  return true;
}

std::string Connection::refuse(wire::WireError error, std::string_view detail,
                               std::string_view advice) noexcept {
  // The first reason is the true one; what follows from it is not counted again.
  const bool first = !refused_.exchange(true);
  if (first) counters_.count(error);
  if (first && error == wire::WireError::kTls) tell_tls_client();
  try {
    std::string why = refusal_text(error, owner_.options_, detail, advice);
    if (first) owner_.log_refusal(*this, why);
    return why;
  } catch (const std::exception&) {
    return {};  // no memory for words
  }
}

void Connection::log_thrown(std::string_view method, std::string_view what) {
  owner_.log_thrown(method, what);
}

void Connection::finish_sending() {
  finish_tls();
  shut(SHUT_WR);
}

void Connection::stop_reading() {
  reading_stopped_ = true;
  shut(SHUT_RD);
}

bool Connection::discard_late_while_delivering() {
  int left = 0;
  // A unix socket has delivered what it has sent.
  if (!reading_stopped() || peer_.sin6_family != AF_INET6) return false;
  std::array<std::uint8_t, 16 * 1024> late;
  for (int i = 0; i<kLateReads&& ::recv(fd_, late.data(), late.size(), MSG_DONTWAIT)> 0; ++i) {
  }
  if (::ioctl(fd_, SIOCOUTQ, &left) != 0 || left == 0) return false;
  if (left != undelivered_) enter(Phase::kWriting);  // it takes some: the write timeout begins anew
  undelivered_ = left;
  return true;
}

void Connection::abort() {
  aborted_ = true;
  shut(SHUT_RDWR);
}

bool Connection::has_unread() const {
  const std::lock_guard lock(closing_);
  int bytes = 0;
  return fd_ >= 0 && ::ioctl(fd_, FIONREAD, &bytes) == 0 && bytes > 0;
}

// That a socket is writable says little: the kernel waits until a third of a large
// buffer is free. What it still holds tells of every byte.
std::chrono::milliseconds Connection::stalled(std::chrono::milliseconds now) {
  const std::lock_guard lock(closing_);
  int unsent = 0;
  if (fd_ < 0 || ::ioctl(fd_, SIOCOUTQ, &unsent) != 0) return in_phase(now);
  // With nothing left it is not the client that is waited for, but our own thread.
  if (unsent != last_unsent_ || unsent == 0) unsent_since_ = now;
  last_unsent_ = unsent;
  return std::min(in_phase(now), now - unsent_since_);
}

void Connection::shut(int how) {
  const std::lock_guard lock(closing_);
  if (fd_ >= 0) ::shutdown(fd_, how);
}

void Connection::wait_for_socket(short events) const {
  pollfd socket{.fd = fd_, .events = events, .revents = 0};
  ::poll(&socket, 1, -1);
}

void Connection::close() {
  finish_tls();
  {
    const std::lock_guard lock(closing_);
    if (fd_ < 0) return;
    ::close(fd_);
    fd_ = -1;
  }
  end_handshake();
  tls_.reset();
  owner_.remove(id_);
}

}  // namespace timeservice::host
