#include "client/tls_session.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "client/client_tls.h"

namespace timeservice::client {

TlsSession::TlsSession(int fd, wire::TlsContext context, const wire::Endpoint& endpoint,
                       const ClientOptions& options)
    : fd_(fd),
      options_(options),
      server_(tls_server_name(endpoint, options)),
      tls_(std::move(context), *this, server_) {}

TlsSession::Result TlsSession::receive(std::span<std::uint8_t> room) {
  const Result result = tls_.receive(room);
  if (result.status == Status::kDone) replied_ = true;
  return result;
}

TlsRefusal TlsSession::refusal() const { return handshake_refusal(tls_, server_, first_, has_certificate()); }

std::optional<TlsRefusal> TlsSession::late_refusal() const {
  if (replied_) return std::nullopt;
  return client::late_refusal(tls_, has_certificate());
}

std::optional<std::size_t> TlsSession::receive_encrypted(std::span<std::uint8_t> room) {
  for (;;) {
    const ssize_t count = ::recv(fd_, room.data(), room.size(), MSG_DONTWAIT);
    if (count > 0 && !first_) first_ = room[0];
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == EAGAIN) return std::nullopt;
    if (errno == EINTR) continue;
    error_ = errno;
    return 0;
  }
}

std::optional<std::size_t> TlsSession::send_encrypted(std::span<const std::uint8_t> bytes) {
  for (;;) {
    const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == EAGAIN) return std::nullopt;
    if (errno == EINTR) continue;
    error_ = errno;
    return 0;
  }
}

}  // namespace timeservice::client
