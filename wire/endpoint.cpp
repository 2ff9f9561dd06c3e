#include "wire/endpoint.h"

#include <sys/un.h>

#include <algorithm>
#include <cctype>
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

// All of these are given the whole text too, for errors quote it.

Endpoint parse_unix(std::string_view text, std::string_view path) {
  if (path.empty()) refuse(text, "no path");
  if (path.find('\0') != std::string_view::npos) refuse(text, "a path has no NUL");
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    refuse(text, fmt::format("a unix socket's path has at most {} bytes", sizeof(sockaddr_un::sun_path) - 1));
  }
  return {.host = {}, .port = 0, .path = std::string(path)};
}

/// A name as FileDescriptorName= of systemd takes it.
Endpoint parse_inherited(std::string_view text, std::string_view name) {
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

/// Why a host that is no address in brackets has colons in it.
std::string_view reason_of_colons(std::string_view host) {
  if (host.starts_with(kTlsPrefix)) return "tls: stands there twice";
  const auto same = [](char ours, char given) {
    return std::tolower(static_cast<unsigned char>(given)) == ours;
  };
  const std::string_view head = host.substr(0, kTlsPrefix.size());
  if (std::equal(kTlsPrefix.begin(), kTlsPrefix.end(), head.begin(), head.end(), same))
    return "tls: is written in small letters";
  return "an IPv6 address goes in brackets";
}

/// What is written elsewhere: a list where there are several flags, or a URL.
void refuse_lists_and_urls(std::string_view text, std::string_view bare) {
  if (bare.find(',') != std::string_view::npos) refuse(text, "it has a comma: give each endpoint by itself");
  const std::size_t scheme = bare.find("://");
  if (scheme != std::string_view::npos) refuse(text, fmt::format("leave {}:// away", bare.substr(0, scheme)));
}

/// What stands behind "tls:", if that is there.
Endpoint parse_bare(std::string_view text, std::string_view bare) {
  if (bare.starts_with(kUnixPrefix)) return parse_unix(text, bare.substr(kUnixPrefix.size()));
  refuse_lists_and_urls(text, bare);
  const std::size_t colon = bare.rfind(':');
  if (colon == std::string_view::npos) refuse(text, "no port");
  std::string_view host = bare.substr(0, colon);
  const std::string_view port = bare.substr(colon + 1);
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) refuse(text, "'[' without ']'");
    host = host.substr(1, host.size() - 2);
    if (host.empty()) refuse(text, "no address between '[' and ']'");
  } else if (host.find(':') != std::string_view::npos) {
    refuse(text, reason_of_colons(host));
  }
  if (port.empty()) refuse(text, "no port");
  return {.host = std::string(host), .port = parse_port(text, port), .path = {}};
}

}  // namespace

Endpoint parse_endpoint(std::string_view text) {
  const bool tls = text.starts_with(kTlsPrefix);
  Endpoint endpoint = parse_bare(text, tls ? text.substr(kTlsPrefix.size()) : text);
  endpoint.tls = tls;
  return endpoint;
}

Endpoint parse_listen_endpoint(std::string_view text) {
  const bool tls = text.starts_with(kTlsPrefix);
  const std::string_view bare = tls ? text.substr(kTlsPrefix.size()) : text;
  if (!bare.starts_with(kInheritedPrefix)) return parse_endpoint(text);
  Endpoint endpoint = parse_inherited(text, bare.substr(kInheritedPrefix.size()));
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
