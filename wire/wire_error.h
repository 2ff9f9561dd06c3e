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
  /// One line for a log or a reply: what is wrong and what to do.
  std::string_view advice;
};

/// One row for each WireError, in its order.
inline constexpr auto kWireErrors = std::to_array<WireErrorRow>({
    {WireError::kHttp, "http", "the client speaks HTTP; this port takes Thrift over a socket"},
    {WireError::kTls, "tls", "the client speaks TLS; this port is plain: connect without TLS"},
    {WireError::kHeaderProtocol, "header_protocol",
     "the client speaks Thrift's header protocol; use binary, compact or JSON, framed or buffered"},
    {WireError::kOldBinary, "old_binary",
     "the client writes the binary protocol without its version; switch on strict write"},
    {WireError::kUnknownProtocol, "unknown_protocol",
     "the first bytes are no Thrift message; use binary, compact or JSON, framed or buffered"},
    {WireError::kProtocolRefused, "protocol_refused",
     "the client speaks a protocol that this server was told to refuse; see --protocol"},
    {WireError::kTransportRefused, "transport_refused",
     "the client speaks a transport that this server does not take; see --transport and --mode"},
    {WireError::kMalformed, "malformed", "the bytes are no well-formed Thrift call"},
    {WireError::kMessageTooLarge, "message_too_large",
     "the message is larger than the limit; see --max-message-size"},
    {WireError::kStringTooLarge, "string_too_large", "a string is longer than the limit"},
    {WireError::kContainerTooLarge, "container_too_large", "a container has more elements than the limit"},
    {WireError::kNestedTooDeep, "nested_too_deep", "structs or containers are nested deeper than the limit"},
    {WireError::kNegativeSize, "negative_size", "a size is negative"},
    {WireError::kTruncated, "truncated", "the client left in the middle of a message"},
    {WireError::kMessageTimeout, "message_timeout",
     "a message began and was not complete in time; see --message-timeout"},
    {WireError::kSlowReader, "slow_reader", "the client does not read its replies; see --write-timeout"},
});

constexpr const WireErrorRow& row(WireError error) { return kWireErrors[static_cast<std::size_t>(error)]; }
constexpr std::string_view name(WireError error) { return row(error).name; }
constexpr std::string_view advice(WireError error) { return row(error).advice; }

}  // namespace timeservice::wire
