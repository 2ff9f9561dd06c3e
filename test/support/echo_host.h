#pragma once

#include <functional>
#include <memory>
#include <string>

#include <thrift/transport/TSocket.h>

#include "Echo.h"
#include "server/host/host.h"
#include "test/support/echo_handler.h"
#include "wire/protocol.h"
#include "wire/transport.h"

namespace timeservice::test {

using EchoClient = echo_service::EchoClientT<apache::thrift::protocol::TProtocol>;

/// A host of the echo service in this process, started, on a free port of 127.0.0.1
/// unless told otherwise. Handlers that wait at the latch are released before it stops.
class EchoHost {
 public:
  using Processor = std::shared_ptr<apache::thrift::TProcessor>;
  /// `wrap` may put something round the echo service's processor.
  explicit EchoHost(
      host::HostOptions options,
      const std::function<Processor(Processor)>& wrap = [](Processor echo) { return echo; });
  ~EchoHost();

  host::Host& host() { return *host_; }
  Latch& latch() { return latch_; }
  const wire::Endpoint& endpoint(std::size_t index = 0) const { return host_->endpoints().at(index); }
  std::uint64_t refused_for(wire::WireError error) const { return host_->counters().of(error); }

 private:
  Latch latch_;
  std::unique_ptr<host::Host> host_;
};

/// Options for a mode on a free port; the idle timeout is off.
host::HostOptions options_for(std::string_view mode);

/// A stock client of the echo service. Its calls wait at most 30 s. One thread may
/// send while another receives.
class EchoConnection {
 public:
  EchoConnection(const wire::Endpoint& endpoint, wire::Protocol protocol, wire::Transport transport);

  EchoClient* operator->() { return client_.get(); }
  apache::thrift::transport::TSocket& socket() { return *socket_; }
  /// What calls are written to.
  std::shared_ptr<apache::thrift::protocol::TProtocol> protocol() { return client_->getOutputProtocol(); }

 private:
  std::shared_ptr<apache::thrift::transport::TSocket> socket_;
  std::unique_ptr<EchoClient> client_;
};

/// A plain TCP or unix socket to the endpoint, for bytes that no client would send.
class RawConnection {
 public:
  explicit RawConnection(const wire::Endpoint& endpoint);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  int fd() const { return fd_; }
  /// False when the peer does not take it any more.
  bool send(std::string_view bytes);
  /// Everything up to the peer's end, or `most` bytes; gives up after 30 s.
  std::string receive(std::size_t most = static_cast<std::size_t>(-1));

 private:
  int fd_;
};

/// Waits, a bounded time, until `holds`; whether it does.
bool eventually(const std::function<bool()>& holds);

}  // namespace timeservice::test
