#include "client/client_options.h"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "client/client_error.h"
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

bool is_no_name(const std::string& text) { return std::any_of(text.begin(), text.end(), is_in_no_name); }

/// The first flag of TLS that is set, but --tls itself; "" if none is.
std::string_view flag_without_tls(const TlsClientOptions& tls) {
  if (!tls.ca.empty()) return "--tls-ca";
  if (!tls.certificate.empty()) return "--tls-cert";
  if (!tls.key.empty()) return "--tls-key";
  if (!tls.server_name.empty()) return "--tls-server-name";
  return {};
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
  if (is_no_name(endpoint.host)) {
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

void check_tls(const ClientOptions& options) {
  const TlsClientOptions& tls = options.tls;
  const auto has_tls = [&](const wire::Endpoint& endpoint) { return tls.on || endpoint.tls; };
  const std::string_view flag = flag_without_tls(tls);
  // Who sets any of these means TLS, and is not to go without it unawares.
  if (!flag.empty() && std::none_of(options.endpoints.begin(), options.endpoints.end(), has_tls)) {
    throw std::invalid_argument(
        fmt::format("{} does nothing without TLS: use --tls, or write the endpoint as tls:host:port", flag));
  }
  if (!tls.certificate.empty() && tls.key.empty()) {
    throw std::invalid_argument(
        "--tls-cert without --tls-key: name the certificate's key, or the same file if it holds both");
  }
  if (tls.certificate.empty() && !tls.key.empty()) {
    throw std::invalid_argument("--tls-key without --tls-cert: name the key's certificate");
  }
  if (is_no_name(tls.server_name)) {
    throw std::invalid_argument(
        fmt::format("--tls-server-name '{}': a host's name has no space, '/', '[' or ']'; write a name or an "
                    "address",
                    printable(tls.server_name)));
  }
  for (const wire::Endpoint& endpoint : options.endpoints) {
    if (!has_tls(endpoint) || !endpoint.is_unix() || !tls.server_name.empty()) continue;
    throw std::invalid_argument(
        fmt::format("'{}': a unix socket has no name that its server's certificate could be for: use "
                    "--tls-server-name",
                    wire::to_string(endpoint)));
  }
}

void check_options(const ClientOptions& options) {
  if (options.endpoints.empty()) throw std::invalid_argument("no endpoint: name at least one");
  for (const wire::Endpoint& endpoint : options.endpoints) check_endpoint(endpoint);
  check_tls(options);
  check_protocol(options.protocol);
  check_transport(options.transport);
  check_timeout(options.connect_timeout);
  check_timeout(options.send_timeout);
  check_timeout(options.receive_timeout);
  check_retry(options.retry);
}

ClientOptions checked_options(ClientOptions options) {
  check_options(options);
  for (wire::Endpoint& endpoint : options.endpoints) endpoint.tls |= options.tls.on;
  return options;
}

ClientOptions options_at(wire::Endpoint endpoint, ClientOptions options) {
  // Certificates that others need would be an error here.
  if (!endpoint.tls && !options.tls.on) options.tls = {};
  options.endpoints = {std::move(endpoint)};
  return options;
}

}  // namespace timeservice::client
