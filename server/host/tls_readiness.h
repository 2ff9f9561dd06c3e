#pragma once

#include <cstdint>

#include "server/host/connection.h"

namespace timeservice::host {

/// Whether a TLS connection has something to receive, as a descriptor, for a server that
/// waits for descriptors only: the socket alone does not tell, since what TLS has read ahead
/// is not in it any more. Costs a descriptor. One thread.
class TlsReadiness {
 public:
  /// Throws std::system_error where there are no descriptors.
  explicit TlsReadiness(const Connection& connection);
  ~TlsReadiness();
  TlsReadiness(const TlsReadiness&) = delete;
  TlsReadiness& operator=(const TlsReadiness&) = delete;

  /// Readable while Connection::try_receive() gets on, as of the last update().
  int poll_fd() const { return epoll_; }
  /// After each time that something was received, or not.
  void update();

 private:
  const Connection& connection_;
  int epoll_;
  std::uint32_t events_;
};

}  // namespace timeservice::host
