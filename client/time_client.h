#pragma once

#include <memory>
#include <string>

#include "client/client_connection.h"
#include "client/client_error.h"
#include "client/client_options.h"
#include "client/clock_comparison.h"
#include "client/retry.h"
#include "time_service_types.h"

namespace timeservice::client {

/// A client of one time service, which may have several endpoints. One thread at a
/// time: a connection carries one call after another. Give each thread its own.
///
/// It connects at the first call, keeps the connection, and closes it after any
/// call that failed: the reply may still come, and the next call would take it for
/// its own. The next call connects anew, to the endpoint that worked last or, if
/// that one failed, to the next in the list.
///
/// Calls are retried as ClientOptions::retry says. All of them only read, so that
/// doing one twice does no harm; a call that changes something must not be added
/// here without its own rule. What is retried:
///  - no endpoint takes the connection (ConnectError),
///  - the connection is closed or reset before the reply (ConnectionLost). Where it
///    had been used before, the server has most likely closed it while it was idle:
///    then the call is made again at once, which does not count as a retry.
/// A timeout is reported, not retried: the caller has waited as long as it wanted
/// to, and a server that is too slow is not helped by the same work twice. Neither
/// is an answer retried that would only come again (ProtocolMismatch, ServerError).
///
/// Every call throws a ClientError. Thrift also prints what goes wrong, to stderr;
/// a program silences that with apache::thrift::GlobalOutput.setOutputFunction().
class TimeClient {
 public:
  /// Does not connect. Throws std::invalid_argument as check_options() does.
  explicit TimeClient(ClientOptions options, RetryHooks hooks = system_retry_hooks());
  TimeClient(const TimeClient&) = delete;
  TimeClient& operator=(const TimeClient&) = delete;
  ~TimeClient();

  /// The server's local time as text, "Tue Nov 24 21:30:56 2026".
  std::string get_time();

  /// Compares the server's clock with this machine's, by the best of `samples`
  /// exchanges (1 or more). Throws ClockUnsteady if none could be used.
  ClockComparison exchange(int samples = 8);

  /// What the server says about itself. A clock state that this client does not
  /// know is UNKNOWN, and a bound that the state does not promise is -1.
  ServerStatus get_status();

 private:
  void call(const Calls& calls);
  void call_once(const Calls& calls);
  std::unique_ptr<ClientConnection> connect();
  void next_endpoint();

  ClientOptions options_;
  RetryHooks hooks_;
  /// Index of the endpoint to connect to next.
  std::size_t endpoint_ = 0;
  /// Null while not connected.
  std::unique_ptr<ClientConnection> connection_;
};

}  // namespace timeservice::client
