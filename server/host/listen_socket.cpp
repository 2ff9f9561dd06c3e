#include "server/host/listen_socket.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "server/host/inherited_sockets.h"
#include "server/host/start_error.h"

namespace timeservice::host {
namespace {

constexpr int kBacklog = 1024;
/// How many ports are tried, where any will do, until one is free at every address of a name.
constexpr int kTriesForAPort = 20;

std::string reason(int error) { return std::generic_category().message(error); }

[[noreturn]] void fail(const wire::Endpoint& endpoint, std::string_view why) {
  throw StartError(fmt::format("cannot listen on {}: {}", wire::to_string(endpoint), why));
}

std::string fix_for(int error) {
  switch (error) {
    case EADDRINUSE:
      return "; another program listens there: stop it, or choose another endpoint";
    case EACCES:
      return "; this user may not: choose a port above 1023 or a folder that it can write to";
    case ENOENT:
      return "; make its folder first";
    case EADDRNOTAVAIL:
      return "; no interface of this machine has that address";
    case EAFNOSUPPORT:
      return "; this machine does without such addresses: name *:port to listen on all that it has";
    default:
      return "";
  }
}

bool is_every_address(const wire::Endpoint& bound) { return bound.host == "0.0.0.0" || bound.host == "::"; }
bool is_v6(const wire::Endpoint& bound) { return bound.host.find(':') != std::string::npos; }

/// Whether nobody can listen at the one while somebody listens at the other.
bool overlap(const wire::Endpoint& one, const wire::Endpoint& other) {
  if (one.host == other.host && one.port == other.port && one.path == other.path) return true;
  if (one.is_unix() || other.is_unix() || one.port != other.port) return false;
  return (is_every_address(one) || is_every_address(other)) && is_v6(one) == is_v6(other);
}

/// The kernel refused `address`, one of those of `endpoint`.
[[noreturn]] void fail_at(const wire::Endpoint& endpoint, const wire::Endpoint& address, int error,
                          const std::vector<ListenSocket>& before) {
  for (const ListenSocket& socket : before) {
    if (error != EADDRINUSE || !overlap(socket.bound(), address)) continue;
    throw UsageError(fmt::format("--listen {}: {} is given twice: name it once", wire::to_string(endpoint),
                                 wire::to_string(is_every_address(address) ? socket.bound() : address)));
  }
  fail(endpoint, reason(error) + fix_for(error));
}

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

/// What stands at the path is no socket: nothing of a server's, dead or alive.
bool is_other_file(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 && !S_ISSOCK(info.st_mode);
}

/// A socket file that nobody listens at any more is what a killed server leaves.
void remove_stale(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return;
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return;
  const sockaddr_un address = unix_address(path);
  const bool refused = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
                       errno == ECONNREFUSED;
  ::close(probe);
  if (refused) ::unlink(path.c_str());
}

ListenSocket listen_unix(const wire::Endpoint& endpoint, const std::vector<ListenSocket>& before) {
  if (is_other_file(endpoint.path)) fail(endpoint, "the path is a file that is no socket; choose another");
  remove_stale(endpoint.path);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) fail(endpoint, reason(errno));
  const sockaddr_un address = unix_address(endpoint.path);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    ::close(fd);
    fail_at(endpoint, endpoint, error, before);
  }
  ListenSocket socket(fd, endpoint);
  if (::listen(fd, kBacklog) != 0) fail(endpoint, reason(errno));
  return socket;
}

wire::Endpoint bound_endpoint(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return endpoint_of(address, size);
}

wire::Endpoint endpoint_at(const addrinfo& address) {
  sockaddr_storage storage{};
  std::memcpy(&storage, address.ai_addr, address.ai_addrlen);
  return endpoint_of(storage, address.ai_addrlen);
}

bool already_bound(const std::vector<ListenSocket>& sockets, const addrinfo& address) {
  const std::string host = endpoint_at(address).host;
  return std::any_of(sockets.begin(), sockets.end(),
                     [&](const ListenSocket& socket) { return socket.bound().host == host; });
}

/// A listening socket at the address, or -1 with errno.
int listen_tcp(const addrinfo& address) {
  const int fd = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // [::] must not take 0.0.0.0 as well: both can be asked for, each by itself.
  if (address.ai_family == AF_INET6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(fd, address.ai_addr, address.ai_addrlen) == 0 && ::listen(fd, kBacklog) == 0) return fd;
  const int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

void set_port(addrinfo& address, std::uint16_t port) {
  if (address.ai_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(address.ai_addr)->sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in*>(address.ai_addr)->sin_port = htons(port);
  }
}

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Addresses resolve(const wire::Endpoint& endpoint) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  const bool every = endpoint.host.empty() || endpoint.host == "*";
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(every ? nullptr : endpoint.host.c_str(),
                                  std::to_string(endpoint.port).c_str(), &hints, &found);
  if (error != 0) fail(endpoint, fmt::format("{}; write an address of this machine", ::gai_strerror(error)));
  return {found, &::freeaddrinfo};
}

std::string path_of(const sockaddr_storage& address, socklen_t size) {
  const auto& unix_socket = reinterpret_cast<const sockaddr_un&>(address);
  const std::size_t most = size - std::min<std::size_t>(size, offsetof(sockaddr_un, sun_path));
  if (most == 0) return {};
  // An abstract name begins with a NUL, and is written with '@'.
  if (unix_socket.sun_path[0] == '\0') return '@' + std::string(unix_socket.sun_path + 1, most - 1);
  return {unix_socket.sun_path, ::strnlen(unix_socket.sun_path, most)};
}

}  // namespace

wire::Endpoint endpoint_of(const sockaddr_storage& address, socklen_t size) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    return {.host = text, .port = ntohs(v6.sin6_port), .path = {}};
  }
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    return {.host = text, .port = ntohs(v4.sin_port), .path = {}};
  }
  if (address.ss_family == AF_UNIX) return {.host = {}, .port = 0, .path = path_of(address, size)};
  return {};
}

ListenSocket::ListenSocket(ListenSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), bound_(std::move(other.bound_)) {}

ListenSocket::~ListenSocket() {
  if (fd_ < 0) return;
  if (bound_.is_unix() && !bound_.is_inherited()) ::unlink(bound_.path.c_str());
  ::close(fd_);
}

std::vector<ListenSocket> listen_at(const wire::Endpoint& endpoint, const std::vector<ListenSocket>& before) {
  if (endpoint.is_inherited()) return inherit_sockets(endpoint, before);
  std::vector<ListenSocket> sockets;
  if (endpoint.is_unix()) {
    sockets.push_back(listen_unix(endpoint, before));
    return sockets;
  }
  const Addresses addresses = resolve(endpoint);
  int last_error = 0;
  int tries_left = kTriesForAPort;
  addrinfo* next = addresses.get();
  while (next != nullptr) {
    addrinfo* const address = std::exchange(next, next->ai_next);
    // A hosts file may name the same address twice.
    if (already_bound(sockets, *address)) continue;
    // Port 0: the first address finds a free port, the others take the same.
    if (!sockets.empty() && endpoint.port == 0) set_port(*address, sockets.front().bound().port);
    const int fd = listen_tcp(*address);
    if (fd >= 0) {
      wire::Endpoint bound = bound_endpoint(fd);
      bound.tls = endpoint.tls;
      sockets.emplace_back(fd, std::move(bound));
      continue;
    }
    last_error = errno;
    // What is free at one address may be taken at the next: then another port.
    if (last_error == EADDRINUSE && endpoint.port == 0 && !sockets.empty() && --tries_left > 0) {
      sockets.clear();
      next = addresses.get();
      continue;
    }
    const bool absent = last_error == EADDRNOTAVAIL || last_error == EAFNOSUPPORT;
    if (!absent) fail_at(endpoint, endpoint_at(*address), last_error, before);
  }
  if (sockets.empty()) fail(endpoint, reason(last_error) + fix_for(last_error));
  return sockets;
}

bool out_of_resources(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace timeservice::host
