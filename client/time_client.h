#pragma once

#include <functional>
#include <string>

#include "TimeService.h"
#include "client/client_error.h"
#include "client/client_options.h"
#include "client/clock_comparison.h"
#include "client/retry.h"
#include "client/service_caller.h"

namespace timeservice::client {

/// A client of one time service, which may have several endpoints. One thread at a
/// time: give each thread its own. When it connects and what it retries is told at
/// ServiceCaller. All calls only read, so that doing one twice does no harm; a call
/// that changes something must not be added here without its own rule.
///
/// Every call throws a ClientError. Nothing is printed.
class TimeClient {
 public:
  /// Does not connect. Throws std::invalid_argument as check_options() does.
  explicit TimeClient(ClientOptions options, RetryHooks hooks = system_retry_hooks());

  /// The server's local time as text, "Tue Nov 24 21:30:56 2026".
  std::string get_time();

  /// Compares the server's clock with this machine's, by the best of `samples`
  /// exchanges (1 or more). Throws ClockUnsteady if none could be used.
  ClockComparison exchange(int samples = 8);

  /// What the server says about itself. A clock state that this client does not
  /// know is UNKNOWN, and a bound that the state does not promise is -1.
  ServerStatus get_status();

 private:
  void call(const std::function<void(TimeServiceClient&)>& method);

  ServiceCaller caller_;
};

}  // namespace timeservice::client
