#include "client/client_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "client/tls_refusal.h"

namespace timeservice::client {

using apache::thrift::transport::TTransportException;

SocketError::SocketError(int number)
    : TTransportException(UNKNOWN, std::generic_category().message(number)), number_(number) {}

ClientSocket::ClientSocket(int family, const ClientOptions& options)
    : family_(family),
      connect_timeout_(options.connect_timeout),
      send_timeout_(options.send_timeout),
      receive_timeout_(options.receive_timeout),
      fd_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  if (fd_ < 0) throw SocketError(errno);
}

ClientSocket::~ClientSocket() { ClientSocket::close(); }

void ClientSocket::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void ClientSocket::connect(const sockaddr* address, socklen_t size) {
  if (::connect(fd_, address, size) < 0) {
    // A signal does not end it: it goes on as if it had not been waited for.
    if (errno != EINPROGRESS && errno != EINTR) throw SocketError(errno);
    wait_for(POLLOUT, connect_timeout_);
    int number = 0;
    socklen_t number_size = sizeof(number);
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &number, &number_size);
    if (number != 0) throw SocketError(number);
  }
  if (family_ == AF_UNIX) return;
  if (is_connected_to_itself(fd_)) throw SocketError(ECONNREFUSED);
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

std::uint32_t ClientSocket::read(std::uint8_t* buffer, std::uint32_t size) {
  for (;;) {
    wait_for(POLLIN, receive_timeout_);
    const ssize_t count = recv(fd_, buffer, size, 0);
    if (count >= 0) {
      const auto received = static_cast<std::uint32_t>(count);
      if (!std::exchange(replied_, true) && is_tls_alert({buffer, received})) throw TlsAsked();
      return received;
    }
    if (errno != EINTR && errno != EAGAIN) throw SocketError(errno);
  }
}

void ClientSocket::write(const std::uint8_t* buffer, std::uint32_t size) {
  while (size > 0) {
    const ssize_t count = send(fd_, buffer, size, MSG_NOSIGNAL);
    if (count >= 0) {
      buffer += count;
      size -= static_cast<std::uint32_t>(count);
    } else if (errno == EAGAIN) {
      wait_for(POLLOUT, send_timeout_);
    } else if (errno != EINTR) {
      throw SocketError(errno);
    }
  }
}

void ClientSocket::wait_for(short events, std::chrono::milliseconds timeout) const {
  wait_until(events, std::chrono::steady_clock::now() + timeout);
}

void ClientSocket::wait_until(short events, std::chrono::steady_clock::time_point end) const {
  using Clock = std::chrono::steady_clock;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    pollfd watched = {.fd = fd_, .events = events, .revents = 0};
    const int ready = poll(&watched, 1, std::max(0, static_cast<int>(left.count())));
    if (ready > 0) return;  // also for an error, which the next step on the socket reports
    if (ready == 0) throw TTransportException(TTransportException::TIMED_OUT);
    if (errno != EINTR) throw SocketError(errno);
  }
}

bool is_connected_to_itself(int fd) {
  sockaddr_storage here{};
  sockaddr_storage there{};
  socklen_t here_size = sizeof(here);
  socklen_t there_size = sizeof(there);
  return getsockname(fd, reinterpret_cast<sockaddr*>(&here), &here_size) == 0 &&
         getpeername(fd, reinterpret_cast<sockaddr*>(&there), &there_size) == 0 && here_size == there_size &&
         std::memcmp(&here, &there, here_size) == 0;
}

}  // namespace timeservice::client
