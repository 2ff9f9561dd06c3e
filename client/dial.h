#pragma once

#include <memory>

#include <thrift/transport/TTransport.h>

#include "client/client_options.h"
#include "wire/tls.h"

namespace timeservice::client {

/// Connects to an endpoint: to the first address of its host that takes a connection,
/// in the resolver's order ("localhost" may be ::1 and 127.0.0.1, with the server on
/// one of them). With TLS, to the first that also comes to an agreement on that. Of
/// `options`, which outlive the connection, the timeouts are taken and what TLS asks for;
/// `tls` is what make_client_tls() makes of them.
///
/// Throws ConnectError with the reason of the addresses that were most likely meant.
std::shared_ptr<apache::thrift::transport::TTransport> dial(const wire::Endpoint& endpoint,
                                                            const ClientOptions& options,
                                                            const wire::TlsContext& tls);

}  // namespace timeservice::client
