#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "client/retry.h"
#include "wire/endpoint.h"
#include "wire/limits.h"
#include "wire/protocol.h"
#include "wire/transport.h"

namespace timeservice::client {

/// The longest timeout. Who wants to wait longer wants to try again instead.
inline constexpr std::chrono::milliseconds kMaxTimeout = std::chrono::minutes(30);

/// What a client proves by TLS and what it asks of the server: PEM files, which are read once,
/// when the client is made. Certificates are always checked, and their names: nothing here
/// turns that off.
struct TlsClientOptions {
  /// At every endpoint, also those that do not say tls: themselves.
  bool on = false;
  /// What the server's certificate must be signed by; "": what this machine trusts.
  std::string ca = {};
  /// The client's own certificate, and its key, for servers that ask for one.
  std::string certificate = {};
  std::string key = {};
  /// The name, or address, that the server's certificate must be for; "": the endpoint's host.
  std::string server_name = {};
};

/// How to reach a time server. Plain data.
struct ClientOptions {
  /// In this order the next is tried when one cannot be connected to or closes the
  /// connection before it has replied. A refusal is an answer, and is not asked again
  /// elsewhere; after a timeout the next call, not this one, goes to the next.
  std::vector<wire::Endpoint> endpoints = {{.host = "localhost", .port = 9090, .path = {}}};
  TlsClientOptions tls;
  /// What the server takes; not kAuto, which only a server can do.
  wire::Protocol protocol = wire::Protocol::kBinary;
  wire::Transport transport = wire::Transport::kBuffered;
  /// For each address that a host's name stands for, the handshake of TLS included.
  /// Finding the addresses is the resolver's business and not counted.
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(2);
  /// How long the server may take no bytes.
  std::chrono::milliseconds send_timeout = std::chrono::seconds(5);
  /// How long the server may send no bytes.
  std::chrono::milliseconds receive_timeout = std::chrono::seconds(5);
  /// How often, and after how long, a failed call is made again.
  RetryPolicy retry;
  /// What a reply may be.
  wire::Limits limits;
};

/// Throws std::invalid_argument, naming the value and the fix, for what no client can use.
void check_protocol(wire::Protocol protocol);
void check_transport(wire::Transport transport);
void check_endpoint(const wire::Endpoint& endpoint);
void check_timeout(std::chrono::milliseconds timeout);
void check_tls(const ClientOptions& options);
void check_options(const ClientOptions& options);

/// The options once they are checked, with TLS at each endpoint that is to have it.
ClientOptions checked_options(ClientOptions options);
/// The options for one endpoint alone, as it stands in theirs or was named by another.
ClientOptions options_at(wire::Endpoint endpoint, ClientOptions options);

}  // namespace timeservice::client
