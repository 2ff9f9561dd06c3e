#include "wire/endpoint.h"

#include <sys/un.h>

#include <charconv>
#include <stdexcept>

#include <fmt/format.h>

namespace timeservice::wire {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr std::string_view kTlsPrefix = "tls:";
constexpr std::string_view kInheritedPrefix = "systemd:";
/// Of FileDescriptorName= of systemd, in characters.
constexpr std::size_t kLongestName = 255;

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw std::invalid_argument(fmt::format(
      "'{}': {}; write host:port, [v6-address]:port or unix:/path, behind tls: for TLS", text, why));
}

Endpoint parse_unix(std::string_view text) {
  const std::string_view path = text.substr(kUnixPrefix.size());
  if (path.empty()) refuse(text, "no path");
  if (path.find('\0') != std::string_view::npos) refuse(text, "a path has no NUL");
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    refuse(text, fmt::format("a unix socket's path has at most {} bytes", sizeof(sockaddr_un::sun_path) - 1));
  }
  return {.host = {}, .port = 0, .path = std::string(path)};
}

/// A name as FileDescriptorName= of systemd takes it.
Endpoint parse_inherited(std::string_view text) {
  const std::string_view name = text.substr(kInheritedPrefix.size());
  if (name.empty() || name.size() > kLongestName || name.find(':') != std::string_view::npos) {
    throw std::invalid_argument(
        fmt::format("'{}': a socket's name has 1 to {} characters and no ':'; write systemd:NAME with the "
                    "FileDescriptorName= of the socket unit",
                    text, kLongestName));
  }
  return {.host = {}, .port = 0, .path = {}, .tls = false, .inherited = std::string(name)};
}

std::uint16_t parse_port(std::string_view text, std::string_view port) {
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), value);
  if (error != std::errc{} || end != port.data() + port.size()) {
    refuse(text, fmt::format("port '{}' is no number from 0 to 65535", port));
  }
  return value;
}

Endpoint parse_bare(std::string_view text) {
  if (text.starts_with(kUnixPrefix)) return parse_unix(text);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) refuse(text, "no port");
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) refuse(text, "'[' without ']'");
    host = host.substr(1, host.size() - 2);
    if (host.empty()) refuse(text, "no address between '[' and ']'");
  } else if (host.find(':') != std::string_view::npos) {
    refuse(text, "an IPv6 address goes in brackets");
  }
  if (port.empty()) refuse(text, "no port");
  return {.host = std::string(host), .port = parse_port(text, port), .path = {}};
}

}  // namespace

Endpoint parse_endpoint(std::string_view text) {
  if (text.starts_with(kTlsPrefix)) {
    Endpoint endpoint = parse_bare(text.substr(kTlsPrefix.size()));
    endpoint.tls = true;
    return endpoint;
  }
  return parse_bare(text);
}

Endpoint parse_listen_endpoint(std::string_view text) {
  const bool tls = text.starts_with(kTlsPrefix);
  const std::string_view bare = tls ? text.substr(kTlsPrefix.size()) : text;
  if (!bare.starts_with(kInheritedPrefix)) return parse_endpoint(text);
  Endpoint endpoint = parse_inherited(bare);
  endpoint.tls = tls;
  return endpoint;
}

std::string to_string(const Endpoint& endpoint) {
  const std::string_view tls = endpoint.tls ? kTlsPrefix : std::string_view();
  if (endpoint.is_inherited() && endpoint.host.empty() && endpoint.path.empty()) {
    return fmt::format("{}{}{}", tls, kInheritedPrefix, endpoint.inherited);
  }
  if (endpoint.is_unix()) return fmt::format("{}{}{}", tls, kUnixPrefix, endpoint.path);
  const bool v6 = endpoint.host.find(':') != std::string::npos;
  return v6 ? fmt::format("{}[{}]:{}", tls, endpoint.host, endpoint.port)
            : fmt::format("{}{}:{}", tls, endpoint.host, endpoint.port);
}

std::string to_string(const std::vector<Endpoint>& endpoints) {
  std::string text;
  for (const Endpoint& endpoint : endpoints) {
    if (!text.empty()) text += ", ";
    text += to_string(endpoint);
  }
  return text;
}

}  // namespace timeservice::wire
