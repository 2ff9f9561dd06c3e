#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/client_error.h"
#include "client/client_options.h"
#include "client/tls_refusal.h"

namespace timeservice::client {

/// What the system and Thrift report, as our own errors: theirs say neither where nor
/// in which step.

/// getaddrinfo() gave `number`.
ConnectError resolve_error(const wire::Endpoint& endpoint, int number);

/// In the place of an error's number: connect_timeout has passed.
inline constexpr int kNoAnswer = 0;
/// Connected, and then TLS was not to be had.
inline constexpr int kNoTls = -1;

/// An address of an endpoint that took no connection.
struct ConnectFailure {
  std::string address;
  /// errno's, or kNoAnswer or kNoTls.
  int number;
  /// Of kNoTls.
  TlsRefusal refusal = {};
};

/// None of an endpoint's addresses took the connection. Those that this machine has
/// no way to go unmentioned beside others: where there is no IPv6, "localhost" is
/// still ::1 too. `options` lends its connect_timeout.
ConnectError connect_error(const wire::Endpoint& endpoint, const ClientOptions& options,
                           const std::vector<ConnectFailure>& failures);

/// The server would not have the client after all: it has run none of its calls.
ConnectError refused_error(const wire::Endpoint& endpoint, const TlsRefusal& why);

/// Which call was under way, and how far it was.
struct CallState {
  const wire::Endpoint& endpoint;
  const ClientOptions& options;
  std::string_view method;
  /// The request was sent, as far as the client can know.
  bool receiving;
};

/// Called where an exception of a call has been caught; throws the ClientError
/// that stands for it. What is no exception of Thrift's own passes as it is, and so
/// does one that the IDL declares for the call.
[[noreturn]] void rethrow_as_client_error(const CallState& call);

}  // namespace timeservice::client
