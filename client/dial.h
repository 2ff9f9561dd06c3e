#pragma once

#include <memory>

#include "client/client_options.h"
#include "client/client_socket.h"

namespace timeservice::client {

/// Connects to an endpoint: to the first address of its host that takes a connection,
/// in the resolver's order ("localhost" may be ::1 and 127.0.0.1, with the server on
/// one of them). Of `options` the timeouts are taken.
///
/// Throws ConnectError with the reason of the addresses that were most likely meant.
std::shared_ptr<ClientSocket> dial(const wire::Endpoint& endpoint, const ClientOptions& options);

}  // namespace timeservice::client
