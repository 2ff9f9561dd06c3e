#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace timeservice::wire {

/// Where a service listens: a TCP host and port, or the path of a unix socket; and whether
/// what is carried there is TLS.
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

  bool is_unix() const { return !path.empty(); }
  bool operator==(const Endpoint&) const = default;
};

/// Reads "host:port", "[v6 address]:port", ":port" or "unix:/path", each of which may
/// stand behind "tls:".
/// Throws std::invalid_argument that says what is wrong and what would be right.
Endpoint parse_endpoint(std::string_view text);

/// Writes it as parse_endpoint() reads it.
std::string to_string(const Endpoint& endpoint);

/// Writes several, separated by ", ".
std::string to_string(const std::vector<Endpoint>& endpoints);

}  // namespace timeservice::wire
