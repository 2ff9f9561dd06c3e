#include "server/host/inherited_sockets.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fmt/format.h>

#include "server/host/start_error.h"

namespace timeservice::host {
namespace {

/// What was handed over: its name, and its descriptor.
struct Inherited {
  std::string name;
  int fd;
};

/// libsystemd holds LISTEN_PID against this process, and closes the descriptors for programs
/// that it may start.
std::vector<Inherited> inherited() {
  char** names = nullptr;
  const int count = ::sd_listen_fds_with_names(0, &names);
  std::vector<Inherited> all;
  for (int i = 0; i < count; ++i) {
    all.push_back({names[i], SD_LISTEN_FDS_START + i});
    std::free(names[i]);
  }
  std::free(names);
  return all;
}

std::string names_of(const std::vector<Inherited>& sockets) {
  std::vector<std::string> names;
  for (const Inherited& socket : sockets) {
    if (std::find(names.begin(), names.end(), socket.name) == names.end()) names.push_back(socket.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

[[noreturn]] void fail(const wire::Endpoint& endpoint, std::string_view why) {
  throw StartError(fmt::format("cannot listen on {}: {}", wire::to_string(endpoint), why));
}

[[noreturn]] void fail_without(const wire::Endpoint& endpoint, const std::vector<Inherited>& others) {
  if (!others.empty()) {
    fail(endpoint, fmt::format("the sockets that were handed over are named {}: name those, or write "
                               "FileDescriptorName={} in the socket unit",
                               names_of(others), endpoint.inherited));
  }
  const char* pid = std::getenv("LISTEN_PID");  // NOLINT(concurrency-mt-unsafe)
  if (pid != nullptr && pid != std::to_string(::getpid())) {
    fail(endpoint,
         fmt::format("the sockets were handed to process {}, and this is {}: let the service manager "
                     "start the server itself, without a shell in between",
                     pid, ::getpid()));
  }
  fail(endpoint, "no socket was handed over: start it by its socket unit, or name host:port");
}

/// Where it listens, as far as that is known.
wire::Endpoint address_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return endpoint_of(address, size);
}

ListenSocket taken(const wire::Endpoint& endpoint, int fd) {
  if (::sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0) {
    fail(endpoint, fmt::format("descriptor {} is no stream socket that listens: write ListenStream= and "
                               "Accept=no in the socket unit",
                               fd));
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
  const std::vector<Inherited> all = inherited();
  std::vector<ListenSocket> sockets;
  for (const Inherited& socket : all) {
    if (socket.name == endpoint.inherited) sockets.push_back(taken(endpoint, socket.fd));
  }
  if (sockets.empty()) fail_without(endpoint, all);
  return sockets;
}

void check_inherited(const std::vector<wire::Endpoint>& endpoints) {
  for (const Inherited& socket : inherited()) {
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
