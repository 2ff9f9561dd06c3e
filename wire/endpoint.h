#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace timeservice::wire {

/// Where a service listens: a TCP host and port, the path of a unix socket, or sockets that
/// whoever started the process listens at already; and whether what is carried there is TLS.
struct Endpoint {
  /// Name or address without brackets; empty for a unix socket; "" or "*" with a
  /// port means every address.
  std::string host;
  /// 0 asks for any free port.
  std::uint16_t port = 0;
  /// Path of a unix socket; empty for TCP.
  std::string path;
  /// Connections are encrypted.
  bool tls = false;
  /// The name under which sockets are inherited; where one of them was found, its address
  /// stands beside it. Empty for a socket of one's own.
  std::string inherited = {};

  bool is_unix() const { return !path.empty(); }
  bool is_inherited() const { return !inherited.empty(); }
  bool operator==(const Endpoint&) const = default;
};

/// Reads "host:port", "[v6 address]:port", ":port" or "unix:/path", each of which may
/// stand behind "tls:".
/// Throws std::invalid_argument that says what is wrong and what would be right.
Endpoint parse_endpoint(std::string_view text);

/// Reads what a server may listen at: all of that, and "systemd:NAME" for inherited sockets.
Endpoint parse_listen_endpoint(std::string_view text);

/// Writes it as the two read it; an inherited socket by its address, where that is known.
std::string to_string(const Endpoint& endpoint);

/// Writes several, separated by ", ".
std::string to_string(const std::vector<Endpoint>& endpoints);

}  // namespace timeservice::wire
