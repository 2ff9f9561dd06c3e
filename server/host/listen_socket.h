#pragma once

#include <sys/socket.h>

#include <utility>
#include <vector>

#include "wire/endpoint.h"

namespace timeservice::host {

/// One listening socket. Owns its descriptor and, for a unix socket of its own, its path.
class ListenSocket {
 public:
  ListenSocket(int fd, wire::Endpoint bound) : fd_(fd), bound_(std::move(bound)) {}
  ListenSocket(ListenSocket&& other) noexcept;
  ListenSocket& operator=(ListenSocket&&) = delete;
  ~ListenSocket();

  int fd() const { return fd_; }
  /// Where it really listens: the address and, for port 0, the port that was found.
  const wire::Endpoint& bound() const { return bound_; }

 private:
  int fd_;
  wire::Endpoint bound_;
};

/// The address in a form for people; neither host nor path where it is of another family.
wire::Endpoint endpoint_of(const sockaddr_storage& address, socklen_t size);

/// Listens at `endpoint`: one socket for each address of its host, or those inherited. A name, such
/// as localhost, may have addresses that this machine lacks; one is enough. A
/// unix socket's path that a dead server left behind is taken over. `before` are
/// the sockets of the endpoints before it.
/// Throws StartError that names the endpoint, the reason and the fix; UsageError
/// where one of `before` is in the way.
std::vector<ListenSocket> listen_at(const wire::Endpoint& endpoint,
                                    const std::vector<ListenSocket>& before = {});

/// Whether accept() failed with `error` for want of what comes back by itself: try again later.
bool out_of_resources(int error);

}  // namespace timeservice::host
