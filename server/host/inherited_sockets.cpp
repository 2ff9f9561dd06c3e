#include "server/host/inherited_sockets.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "server/host/handed_over.h"
#include "server/host/start_error.h"

namespace timeservice::host {
namespace {

/// Why it cannot be served; "": it can.
std::string_view why_unfit(int fd) {
  if (::sd_is_socket(fd, AF_UNSPEC, 0, -1) <= 0) return "no socket";
  if (::sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, -1) <= 0) return "no stream socket";
  if (::sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0) return "a socket that does not listen";
  return "";
}

std::string names_of(const std::vector<HandedOverSocket>& sockets) {
  std::vector<std::string> names;
  for (const HandedOverSocket& socket : sockets) {
    if (std::find(names.begin(), names.end(), socket.name) == names.end()) names.push_back(socket.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

[[noreturn]] void fail(const wire::Endpoint& endpoint, std::string_view why) {
  throw StartError(fmt::format("cannot listen on {}: {}", wire::to_string(endpoint), why));
}

[[noreturn]] void fail_without(const wire::Endpoint& endpoint) {
  const HandedOver& others = handed_over();
  if (others.sockets.empty()) fail(endpoint, others.why_none);
  fail(endpoint, fmt::format("the sockets that were handed over are named {}: name those, or write "
                             "FileDescriptorName={} in the socket unit",
                             names_of(others.sockets), endpoint.inherited));
}

/// Where it listens, as far as that is known.
wire::Endpoint address_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return endpoint_of(address, size);
}

ListenSocket taken(const wire::Endpoint& endpoint, int fd) {
  if (const std::string_view why = why_unfit(fd); !why.empty()) {
    fail(endpoint,
         fmt::format("descriptor {}, of those that LISTEN_FDS hands over, is {}: write ListenStream= and "
                     "Accept=no in the socket unit",
                     fd, why));
  }
  wire::Endpoint bound = address_of(fd);
  if (bound.host.empty() && bound.path.empty()) {
    fail(endpoint, fmt::format("descriptor {} is neither a TCP nor a unix socket", fd));
  }
  bound.tls = endpoint.tls;
  bound.inherited = endpoint.inherited;
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  return {fd, bound};
}

}  // namespace

std::vector<ListenSocket> inherit_sockets(const wire::Endpoint& endpoint,
                                          const std::vector<ListenSocket>& before) {
  for (const ListenSocket& socket : before) {
    if (socket.bound().inherited != endpoint.inherited) continue;
    throw UsageError(
        fmt::format("--listen {}: its sockets are given twice: name it once", wire::to_string(endpoint)));
  }
  std::vector<ListenSocket> sockets;
  for (const HandedOverSocket& socket : handed_over().sockets) {
    if (socket.name == endpoint.inherited) sockets.push_back(taken(endpoint, socket.fd));
  }
  if (sockets.empty()) fail_without(endpoint);
  return sockets;
}

void check_inherited(const std::vector<wire::Endpoint>& endpoints) {
  for (const HandedOverSocket& socket : handed_over().sockets) {
    const auto served =
        std::count_if(endpoints.begin(), endpoints.end(),
                      [&](const wire::Endpoint& endpoint) { return endpoint.inherited == socket.name; });
    if (served == 1) continue;
    if (served > 1)
      throw UsageError(fmt::format("systemd:{} is given {} times: name it once", socket.name, served));
    throw UsageError(
        fmt::format("a socket named {0} was handed over and is not served: add --listen systemd:{0}, or stop "
                    "the socket unit",
                    socket.name));
  }
}

}  // namespace timeservice::host
