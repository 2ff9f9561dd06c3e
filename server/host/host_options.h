#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "wire/endpoint.h"
#include "wire/limits.h"
#include "wire/protocol.h"
#include "wire/transport.h"

namespace timeservice::host {

/// What a host proves to TLS clients, and asks of them. PEM files.
struct TlsOptions {
  /// Its certificate and those between it and a root, and the key of the first.
  std::string certificate = {};
  std::string key = {};
  /// Clients must prove themselves by a certificate that one of these has signed; "": they need not.
  std::string client_ca = {};
  /// A handshake must be complete so long after the connection was accepted; zero: no limit.
  std::chrono::milliseconds handshake_timeout = std::chrono::seconds(10);
};

/// All that a host can be told. The defaults serve every client on localhost.
struct HostOptions {
  /// A row of kModes; see modes.h.
  std::string mode = "reactor";
  /// Where to listen, all at once.
  std::vector<wire::Endpoint> listen = {{.host = "localhost", .port = 9090, .path = {}, .tls = false}};
  /// What clients may speak; kAuto takes what they speak.
  wire::Protocol protocol = wire::Protocol::kAuto;
  wire::Transport transport = wire::Transport::kAuto;
  wire::Limits limits = {};
  /// Threads that run handlers, in the modes that have such, where zero leaves them to the event loops.
  /// Unset: the mode's own default, which is 16 in `threadpool` and, while calls are slow, in `reactor`.
  std::optional<std::size_t> threads = {};
  /// Event loops, in the modes that have such; unset: the mode's own default.
  std::optional<std::size_t> io_threads = {};
  /// For the endpoints that are TLS.
  TlsOptions tls = {};
  /// Calls that run or wait for a thread; one more is answered at once with an exception,
  /// and not run. Zero: no limit.
  std::size_t max_in_flight = 0;
  /// A call that waited longer, from its arrival until it could run, is answered with an
  /// exception and not run; zero: however long.
  std::chrono::milliseconds queue_timeout{0};
  /// Counts how long calls take and wait, and which exceptions the IDL declares: some
  /// percent of a busy loop's time.
  bool measure_calls = false;
  /// Open connections; one more is closed at once. Lowered to fit the process's descriptors.
  std::size_t max_connections = 10000;
  /// Replies that a client has not taken, in bytes: once they are so many, none of its
  /// calls runs until it takes them. One reply may be larger, and zero means one at a
  /// time, which is all that modes other than `reactor` ever hold.
  std::size_t max_unsent_bytes = 256 * 1024;
  /// A connection without a call for so long is closed; zero: never.
  std::chrono::milliseconds idle_timeout = std::chrono::minutes(10);
  /// A message must be complete so long after its first byte; zero: no limit.
  std::chrono::milliseconds message_timeout = std::chrono::seconds(10);
  /// A client that takes nothing of a reply for so long is closed; zero: never.
  std::chrono::milliseconds write_timeout = std::chrono::seconds(10);
};

}  // namespace timeservice::host
