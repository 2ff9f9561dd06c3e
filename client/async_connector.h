#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include "client/async_stream.h"
#include "client/client_options.h"
#include "client/endpoint_failures.h"
#include "client/error_translation.h"

namespace timeservice::client {

/// Finds an endpoint that takes a connection, and of its host's addresses one, trying
/// each after the other; with TLS, one that comes to an agreement on that. It neither blocks nor calls back
/// before start() has returned. Only the thread that runs the io_context.
class AsyncConnector {
 public:
  using Socket = AsyncStream::Socket;
  /// One of both, once for each start().
  struct Outcome {
    /// Connected to the endpoint of that index.
    std::function<void(AsyncStream stream, std::size_t endpoint)> connected;
    /// Each endpoint's reason.
    std::function<void(const ConnectError& error)> failed;
  };

  /// The first two outlive it, and `options` are checked_options(); `tls` is what
  /// make_client_tls() makes of them.
  AsyncConnector(boost::asio::io_context& io, const ClientOptions& options, wire::TlsContext tls,
                 Outcome outcome);

  /// Tries all endpoints, in their order from `first` on. Not while it is at it.
  void start(std::size_t first);
  bool busy() const { return busy_; }
  /// Gives up, and calls nobody. A name that is being looked up is not waited for.
  void cancel();

 private:
  using Address = boost::asio::generic::stream_protocol::endpoint;
  struct Candidate {
    Address address;
    std::string name;
    bool tcp;
  };

  const wire::Endpoint& endpoint() const { return options_.endpoints[endpoint_]; }
  void try_endpoint();
  void look_up();
  void looked_up(const boost::system::error_code& error,
                 const boost::asio::ip::tcp::resolver::results_type& found);
  void add_unix_address();
  void try_address();
  void secure(std::uint64_t step);
  void attempted(int error, const TlsRefusal& refusal = {});
  void connected();
  void next_endpoint(const ConnectError& failure);

  boost::asio::io_context& io_;
  const ClientOptions& options_;
  const wire::TlsContext tls_context_;
  const Outcome outcome_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::steady_timer timer_;
  Socket socket_;
  /// While the handshake is made.
  std::unique_ptr<TlsSession> tls_;
  bool busy_ = false;
  /// What a handler was started for; it does nothing when that is over.
  std::uint64_t step_ = 0;
  std::size_t endpoint_ = 0;
  EndpointFailures failures_;
  std::vector<Candidate> candidates_;
  std::size_t candidate_ = 0;
  std::vector<ConnectFailure> address_failures_;
};

}  // namespace timeservice::client
