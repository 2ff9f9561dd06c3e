#pragma once

#include <string_view>

#include <thrift/transport/TTransportException.h>

#include "client/client_error.h"
#include "client/client_options.h"

namespace timeservice::client {

/// What Thrift threw, as our own errors. Thrift's say neither where nor in which
/// step, and keep the system's error number only as its text at their end.

/// TSocket::open() failed. `options` lends its connect_timeout.
ConnectError connect_error(const wire::Endpoint& endpoint, const ClientOptions& options,
                           const apache::thrift::transport::TTransportException& error);

/// Which call was under way, and how far it was.
struct CallState {
  const wire::Endpoint& endpoint;
  const ClientOptions& options;
  std::string_view method;
  /// The request was sent, as far as the client can know.
  bool receiving;
};

/// Called where an exception of a call has been caught; throws the ClientError
/// that stands for it. What is no exception of Thrift's passes as it is.
[[noreturn]] void rethrow_as_client_error(const CallState& call);

}  // namespace timeservice::client
