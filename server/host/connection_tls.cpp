// What TLS is to a connection: its handshake, and what is received and sent after that.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <utility>

#include <fmt/format.h>

#include "server/host/connection.h"
#include "server/host/connections.h"
#include "server/host/tls_certificates.h"

namespace timeservice::host {
namespace {

using Status = wire::TlsStream::Status;

/// The first byte of a TLS handshake; no Thrift message within any limit begins with it.
constexpr std::uint8_t kHandshakeRecord = 0x16;
/// Encrypted bytes that are taken at a time beyond what there is room for: records that hold
/// nothing for us, such as new keys over and over, do not keep a thread.
constexpr std::size_t kEncryptedAtOnce = 64 * 1024;

/// The alert of that name.
constexpr int kCertificateExpired = 45;

/// A fatal alert, "protocol_version", of TLS 1.2. It is what the client of a server can
/// say of that comes nearest to "here is no TLS".
constexpr std::array<std::uint8_t, 7> kNoTlsHere = {0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x46};

/// A client that delays small packets (Nagle) holds its first call back until its last
/// greeting is acknowledged, which the kernel would take 40 ms to do: nothing is sent there.
void acknowledge_at_once(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

}  // namespace

Connection::Handshake Connection::handshake() noexcept {
  try {
    if (aborted()) return Handshake::kOver;
    if (!tls_) return begin_handshake();
    const Status status = tls_->handshake().status;
    wants_room_ = status == Status::kWantsRoom;
    switch (status) {
      case Status::kDone:
        end_handshake();
        enter(Phase::kIdle);
        acknowledge_at_once(fd_);
        return Handshake::kDone;
      case Status::kWantsBytes:
      case Status::kWantsRoom:
        return Handshake::kWaits;
      case Status::kClosed:
        return fail_handshake("the client left in the middle of it");
      case Status::kFailed:
        // An alert is what the client says of us; anything else, what we say of it.
        if (tls_->alert() == 0) return fail_handshake(tls_->failure());
        return fail_handshake(
            fmt::format("the client ended it with the alert '{}'", wire::tls_alert_name(tls_->alert())),
            advice_on_alert());
    }
  } catch (const std::exception&) {  // out of memory, most likely
  }
  return Handshake::kOver;
}

// A client that leaves before it has said anything is a port scan, or a load balancer's
// look whether somebody listens.
Connection::Handshake Connection::begin_handshake() {
  std::uint8_t first = 0;
  const ssize_t got = ::recv(fd_, &first, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Handshake::kWaits;
  if (got <= 0) return Handshake::kOver;
  if (first == kHandshakeRecord) {
    // What follows is a signature, which is not for somebody who has left.
    pollfd left{.fd = fd_, .events = POLLRDHUP, .revents = 0};
    if (::poll(&left, 1, 0) > 0) return fail_handshake("the client left in the middle of it");
    wire::TlsCarrier& carrier = *this;
    tls_ = std::make_unique<wire::TlsStream>(std::exchange(tls_context_, nullptr), carrier);
    return handshake();
  }
  end_handshake();
  plain_at_tls_ = true;
  enter(Phase::kIdle);
  return Handshake::kDone;
}

Connection::Handshake Connection::fail_handshake(std::string_view why, std::string_view advice) {
  if (!reading_stopped()) refuse(wire::WireError::kTlsHandshake, why, advice);
  return Handshake::kOver;
}

std::string_view Connection::advice_on_alert() const {
  if (tls_->alert() != kCertificateExpired) return {};
  return owner_.certificates_->ended()
             ? "the TLS handshake failed: the server's certificate has ended, put a valid one in its place"
             : "the TLS handshake failed: the server's certificate has not ended, let the client set its "
               "clock right, and trust a CA whose own certificate is valid";
}

void Connection::end_handshake() {
  if (std::exchange(handshaking_, false)) owner_.handshakes_.fetch_sub(1, std::memory_order_relaxed);
}

std::optional<std::size_t> Connection::receive_encrypted(std::span<std::uint8_t> room) {
  if (!handshaking_) room = room.first(std::min(room.size(), encrypted_left_));
  if (room.empty()) return std::nullopt;
  const auto got = receive_plain(room, MSG_DONTWAIT);
  if (got && !handshaking_) encrypted_left_ -= *got;
  return got;
}

std::optional<std::size_t> Connection::send_encrypted(std::span<const std::uint8_t> bytes) {
  const auto sent = send_plain(bytes);
  if (!sent) return 0;
  if (*sent == 0) return std::nullopt;
  return sent;
}

// Of several records that have arrived as much as there is room for.
std::optional<std::size_t> Connection::receive_tls(std::span<std::uint8_t> room) {
  if (tls_end_) return receive_end(*tls_end_);
  wants_room_ = false;
  encrypted_left_ = room.size() + kEncryptedAtOnce;
  std::size_t all = 0;
  while (all < room.size()) {
    const auto [status, bytes] = tls_->receive(room.subspan(all));
    if (status == Status::kDone) {
      all += bytes;
      if (!tls_->has_buffered()) break;
    } else if (status == Status::kWantsBytes || status == Status::kWantsRoom) {
      wants_room_ = status == Status::kWantsRoom;
      break;
    } else {
      tls_end_ = status;
      if (all == 0) return receive_end(status);
      break;
    }
  }
  if (all > 0) return all;
  // Part of a record is the beginning of a message.
  if (inside_record() && phase() == Phase::kIdle) enter(Phase::kReading);
  return std::nullopt;
}

std::uint32_t Connection::events_to_receive() const {
  if (wants_room()) return EPOLLOUT;
  constexpr std::uint32_t kBytes = EPOLLIN | EPOLLRDHUP;
  // What is already received wakes nobody; that the socket has room does, at once.
  return has_buffered() ? kBytes | EPOLLOUT : kBytes;
}

std::size_t Connection::receive_end(Status status) {
  if (status == Status::kFailed && !reading_stopped()) {
    refuse(wire::WireError::kMalformed, "TLS: " + tls_->failure());
  }
  return 0;
}

std::optional<std::size_t> Connection::send_tls(std::span<const std::uint8_t> bytes) {
  std::size_t all = 0;
  while (all < bytes.size()) {
    const auto [status, sent] = tls_->send(bytes.subspan(all));
    if (status == Status::kWantsRoom) return all;
    // It has begun something new in the middle of our replies, and does not go on with it.
    if (status == Status::kWantsBytes)
      refuse(wire::WireError::kMalformed, "TLS: half a record of the handshake");
    if (status != Status::kDone) return std::nullopt;
    all += sent;
  }
  wants_room_.store(false, std::memory_order_relaxed);  // what it had asked for went before
  return all;
}

void Connection::finish_tls() {
  if (tls_ && !handshaking_ && fd_ >= 0) tls_->finish();
}

// What of its greeting is unread would turn the close into a reset, which takes the alert back.
void Connection::tell_tls_client() {
  std::array<std::uint8_t, 16 * 1024> rest;
  [[maybe_unused]] const ssize_t thrown_away = ::recv(fd_, rest.data(), rest.size(), MSG_DONTWAIT);
  ::send(fd_, kNoTlsHere.data(), kNoTlsHere.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace timeservice::host
