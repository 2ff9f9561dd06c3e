#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace timeservice::wire {

/// Why bytes were refused. Each costs the connection that sent them, and counts
/// under its name.
enum class WireError {
  kHttp,
  kTls,
  kPlain,
  kTlsHandshake,
  kTlsTimeout,
  kHeaderProtocol,
  kOldBinary,
  kUnknownProtocol,
  kProtocolRefused,
  kTransportRefused,
  kMalformed,
  kMessageTooLarge,
  kStringTooLarge,
  kContainerTooLarge,
  kNestedTooDeep,
  kNegativeSize,
  kTruncated,
  kMessageTimeout,
  kSlowReader,
};

struct WireErrorRow {
  WireError error;
  /// The counter's name.
  std::string_view name;
  /// One line for a log or a reply: what is wrong and, as far as that does not
  /// depend on the server's options, what to do.
  std::string_view advice;
};

/// One row for each WireError, in its order. What a server takes instead, where its
/// options decide that, is not known here: whoever has them says it behind.
inline constexpr auto kWireErrors = std::to_array<WireErrorRow>({
    {WireError::kHttp, "http",
     "the client speaks HTTP, and this port takes Thrift over a plain socket: let it use a socket transport"},
    {WireError::kTls, "tls", "the client speaks TLS, and this port is plain: let it connect without TLS"},
    {WireError::kPlain, "plain",
     "the client speaks without TLS, and this port takes TLS only: let it use TLS, or find the plain port"},
    {WireError::kTlsHandshake, "tls_handshake",
     "the TLS handshake failed: let the client trust the server's CA, call it by a name that its certificate "
     "holds, and bring a certificate if one is asked for"},
    {WireError::kTlsTimeout, "tls_timeout", "the TLS handshake was not complete in time"},
    {WireError::kHeaderProtocol, "header_protocol",
     "the client speaks Thrift's header protocol: let it use binary, compact or JSON, framed or buffered"},
    {WireError::kOldBinary, "old_binary",
     "the client writes the binary protocol without its version: switch on its strict write"},
    {WireError::kUnknownProtocol, "unknown_protocol",
     "the first bytes are no Thrift message: let the client use binary, compact or JSON, framed or buffered, "
     "or find the port that it means"},
    {WireError::kProtocolRefused, "protocol_refused",
     "the client speaks a protocol that this server does not take"},
    {WireError::kTransportRefused, "transport_refused",
     "the client speaks a transport that this server does not take"},
    {WireError::kMalformed, "malformed",
     "the bytes are no well-formed Thrift call: look for threads that share the client, or update its "
     "library"},
    {WireError::kMessageTooLarge, "message_too_large", "the message is larger than this server takes"},
    {WireError::kStringTooLarge, "string_too_large", "a string is longer than this server takes"},
    {WireError::kContainerTooLarge, "container_too_large",
     "a container has more elements than this server takes"},
    {WireError::kNestedTooDeep, "nested_too_deep",
     "structs or containers are nested deeper than this server takes"},
    {WireError::kNegativeSize, "negative_size",
     "a size is negative: look for threads that share the client, or update its library"},
    {WireError::kTruncated, "truncated",
     "the client left in the middle of a message: look for its crash or its timeout"},
    {WireError::kMessageTimeout, "message_timeout", "a message began and was not complete in time"},
    {WireError::kSlowReader, "slow_reader", "the client does not read its replies"},
});

constexpr const WireErrorRow& row(WireError error) { return kWireErrors[static_cast<std::size_t>(error)]; }
constexpr std::string_view name(WireError error) { return row(error).name; }
constexpr std::string_view advice(WireError error) { return row(error).advice; }

}  // namespace timeservice::wire
