#pragma once

#include "client/client_options.h"
#include "client/retry.h"

namespace timeservice::client {

/// `options` with what the server answers to in place of each kAuto; without one,
/// as they are.
///
/// Dialects are tried one after another, each by a get_time on a connection of its
/// own: framed binary first, since every server mode carries that. A refusal leads
/// to the next: a ServerError PROTOCOL_ERROR, a ProtocolMismatch, a ConnectionLost.
/// Where no dialect is left, or nothing takes a connection, the next endpoint's turn
/// comes; a server that has too much to do has understood. `retry` counts searches of all endpoints, made
/// again where a connection failed, which is also how a server that refuses and one that stops look.
///
/// Throws ConnectError, TimeoutError at once, or ProtocolMismatch if all refuse; and
/// std::invalid_argument for an endpoint or timeout that no client can use.
ClientOptions search_dialect(ClientOptions options, const RetryHooks& hooks = system_retry_hooks());

}  // namespace timeservice::client
