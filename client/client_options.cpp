#include "client/client_options.h"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

#include "wire/names.h"

namespace timeservice::client {
namespace {

/// Throws for the first row of a table, which is auto.
template <typename Table>
void refuse_auto(bool is_auto, const Table& table) {
  if (!is_auto) return;
  throw std::invalid_argument(
      fmt::format("'auto': only a server can follow its peer, a client chooses one of {}",
                  wire::names_of(std::span(table).subspan(1))));
}

bool is_in_no_name(char letter) {
  return std::string_view("/[]\x7f").find(letter) != std::string_view::npos ||
         static_cast<unsigned char>(letter) <= ' ';
}

}  // namespace

void check_protocol(wire::Protocol protocol) {
  refuse_auto(protocol == wire::Protocol::kAuto, wire::kProtocols);
}

void check_transport(wire::Transport transport) {
  refuse_auto(transport == wire::Transport::kAuto, wire::kTransports);
}

void check_endpoint(const wire::Endpoint& endpoint) {
  if (endpoint.is_unix()) return;
  if (endpoint.host.empty() || endpoint.host == "*") {
    throw std::invalid_argument(fmt::format(
        "'{}': every address is for a server to listen on, a client connects to one; write localhost:{}",
        wire::to_string(endpoint), endpoint.port));
  }
  if (std::any_of(endpoint.host.begin(), endpoint.host.end(), is_in_no_name)) {
    throw std::invalid_argument(
        fmt::format("'{}': a host's name has no space, '/', '[' or ']'; write host:port, "
                    "[v6-address]:port or unix:/path",
                    wire::to_string(endpoint)));
  }
  if (endpoint.port == 0) {
    throw std::invalid_argument(
        fmt::format("'{}': nothing can listen on port 0; write the server's port, from 1 to 65535",
                    wire::to_string(endpoint)));
  }
}

void check_timeout(std::chrono::milliseconds timeout) {
  if (timeout >= std::chrono::milliseconds(1) && timeout <= kMaxTimeout) return;
  throw std::invalid_argument(
      fmt::format("{} ms: a timeout is from 1 to {} ms", timeout.count(), kMaxTimeout.count()));
}

void check_options(const ClientOptions& options) {
  if (options.endpoints.empty()) throw std::invalid_argument("no endpoint: name at least one");
  for (const wire::Endpoint& endpoint : options.endpoints) check_endpoint(endpoint);
  check_protocol(options.protocol);
  check_transport(options.transport);
  check_timeout(options.connect_timeout);
  check_timeout(options.send_timeout);
  check_timeout(options.receive_timeout);
  check_retry(options.retry);
}

}  // namespace timeservice::client
