#pragma once

#include <functional>
#include <memory>

#include <thrift/protocol/TProtocol.h>

#include "client/client_options.h"
#include "client/reply_guard.h"
#include "wire/tls.h"

namespace timeservice::client {

/// Makes a generated client of the protocol, and calls methods of that.
using Calls = std::function<void(const std::shared_ptr<apache::thrift::protocol::TProtocol>&)>;

/// One open connection to one endpoint, for any service. Closed by its destructor.
/// One thread at a time.
///
/// Once call() has thrown and the call was not answered(), the connection must be
/// destroyed: the reply may still be on its way, and the next call would read it as
/// its own.
class ClientConnection {
 public:
  /// Connects; throws ConnectError. The first two must outlive it; `tls` is what
  /// make_client_tls() makes of the options.
  ClientConnection(const wire::Endpoint& endpoint, const ClientOptions& options, const wire::TlsContext& tls);

  /// Throws TimeoutError, ConnectionLost, ProtocolMismatch, ServerError, or what the
  /// IDL declares for the call; and ConnectError where the server now says that it takes no
  /// calls of this client, which has to do with TLS.
  void call(const Calls& calls);
  /// The whole reply to the last call has been read.
  bool answered() const { return guard_->answered(); }

 private:
  const wire::Endpoint& endpoint_;
  const ClientOptions& options_;
  std::shared_ptr<ReplyGuard> guard_;
};

}  // namespace timeservice::client
