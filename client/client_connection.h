#pragma once

#include <functional>
#include <memory>

#include "TimeService.h"
#include "client/client_options.h"
#include "client/reply_guard.h"

namespace timeservice::client {

/// Calls methods of the generated client.
using Calls = std::function<void(TimeServiceClient&)>;

/// One open connection to one endpoint. Closed by its destructor.
///
/// Once call() has thrown, the connection must be destroyed: the reply may still
/// be on its way, and the next call would read it as its own. One thread at a time.
class ClientConnection {
 public:
  /// Connects; throws ConnectError. Both must outlive it.
  ClientConnection(const wire::Endpoint& endpoint, const ClientOptions& options);

  /// Throws TimeoutError, ConnectionLost, ProtocolMismatch or ServerError.
  void call(const Calls& calls);

 private:
  const wire::Endpoint& endpoint_;
  const ClientOptions& options_;
  std::shared_ptr<ReplyGuard> guard_;
  TimeServiceClient client_;
};

}  // namespace timeservice::client
