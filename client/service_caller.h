#pragma once

#include <cstddef>
#include <memory>

#include "client/client_connection.h"
#include "client/client_error.h"
#include "client/client_options.h"
#include "client/endpoint_failures.h"
#include "client/retry.h"

namespace timeservice::client {

/// Calls one service, any, which may have several endpoints. One thread at a time: a
/// connection carries one call after another.
///
/// It connects at the first call, and keeps the connection until a call was not
/// answered: its reply may still come, and the next call would take it for its own.
/// The next call then connects anew, to the endpoint that worked last or, if that one
/// failed, to the next in the list.
///
/// Calls are retried as ClientOptions::retry says, so they must be such that doing one
/// twice does no harm. What is retried:
///  - no endpoint takes the connection (ConnectError), also where that is permanent(), since
///    behind a balancer the next try meets another server; a server that turns the client away
///    when it has connected, as one of TLS 1.3 may, is one that did not take it,
///  - the server has too much to do and did not run the call (Overloaded): after a wait it
///    is made again, at the next endpoint where there are several,
///  - the connection is closed or reset before the reply (ConnectionLost). Where it
///    had been used before, the server has most likely closed it while it was idle:
///    then the call is made again at once, which does not count as a retry.
/// A timeout is reported, not retried: the caller has waited as long as it wanted
/// to, and a server that is too slow is not helped by the same work twice. Neither
/// is an answer retried that would only come again: a ProtocolMismatch, which closes
/// the connection, another ServerError and an exception that the IDL declares, which do not.
class ServiceCaller {
 public:
  /// Does not connect. Throws std::invalid_argument as check_options() and make_client_tls()
  /// do; the latter is called where `tls`, which is what it makes, is null.
  explicit ServiceCaller(ClientOptions options, RetryHooks hooks = system_retry_hooks(),
                         wire::TlsContext tls = nullptr);
  ServiceCaller(const ServiceCaller&) = delete;
  ServiceCaller& operator=(const ServiceCaller&) = delete;
  ~ServiceCaller();

  /// Throws a ClientError, or what the IDL declares for the call, as it is.
  void call(const Calls& calls);
  /// Where the last call was answered, or the next one will be tried first.
  const wire::Endpoint& endpoint() const { return options_.endpoints[endpoint_]; }

 private:
  void call_once(const Calls& calls, EndpointFailures& round);
  std::unique_ptr<ClientConnection> connect(EndpointFailures& round);
  void close_unless_answered();
  void next_endpoint();

  ClientOptions options_;
  RetryHooks hooks_;
  wire::TlsContext tls_;
  /// Index of the endpoint to connect to next.
  std::size_t endpoint_ = 0;
  /// Null while not connected.
  std::unique_ptr<ClientConnection> connection_;
};

}  // namespace timeservice::client
