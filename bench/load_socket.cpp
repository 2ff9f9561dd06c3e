#include "bench/load_socket.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include <fmt/format.h>

namespace timeservice::bench {
namespace {

[[noreturn]] void fail(const wire::Endpoint& endpoint, std::string_view why) {
  throw LoadError(fmt::format("cannot connect to {}: {}", wire::to_string(endpoint), why));
}

/// Connects, with a bound on every wait, the connecting's included.
Descriptor connected(int family, const sockaddr* address, socklen_t size,
                     std::chrono::milliseconds patience) {
  Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return socket;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(patience);
  const std::chrono::microseconds rest = patience - seconds;
  const timeval wait{.tv_sec = seconds.count(), .tv_usec = rest.count()};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  const int on = 1;
  if (family != AF_UNIX) ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket.get(), address, size) == 0) return socket;
  const int error = errno;
  socket = Descriptor();
  errno = error;
  return Descriptor();
}

Descriptor connect_unix(const wire::Endpoint& endpoint, std::chrono::milliseconds patience) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (endpoint.path.size() >= sizeof address.sun_path) fail(endpoint, "the path is too long for a socket");
  std::memcpy(address.sun_path, endpoint.path.c_str(), endpoint.path.size() + 1);
  return connected(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address, patience);
}

Descriptor connect_tcp(const wire::Endpoint& endpoint, std::chrono::milliseconds patience) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error =
      ::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found);
  if (error != 0) fail(endpoint, ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
  Descriptor socket;
  for (const addrinfo* at = found; at != nullptr && socket.get() < 0; at = at->ai_next) {
    socket = connected(at->ai_family, at->ai_addr, at->ai_addrlen, patience);
  }
  return socket;
}

}  // namespace

Descriptor connect_to(const wire::Endpoint& endpoint, std::chrono::milliseconds patience) {
  Descriptor socket = endpoint.is_unix() ? connect_unix(endpoint, patience) : connect_tcp(endpoint, patience);
  // A bounded connect that takes too long says that it is in progress.
  if (socket.get() < 0) fail(endpoint, errno == EINPROGRESS ? "no answer in time" : reason(errno));
  return socket;
}

void make_nonblocking(const Descriptor& socket) {
  ::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) | O_NONBLOCK);
}

std::string reason(int error) { return std::generic_category().message(error); }

}  // namespace timeservice::bench
