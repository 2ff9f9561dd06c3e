#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include <thrift/transport/TBufferTransports.h>

#include "wire/limits.h"

namespace timeservice::wire {

/// How messages are told apart on a connection. kAuto is for a server only: it
/// follows the client.
enum class Transport { kAuto, kBuffered, kFramed };

struct TransportRow {
  Transport transport;
  std::string_view name;
  std::string_view help;
};

/// THE table of transports, in the order of the enumeration. It feeds --help,
/// validation and the round-trip tests.
inline constexpr auto kTransports = std::to_array<TransportRow>({
    {Transport::kAuto, "auto", "whatever the client speaks (server only)"},
    {Transport::kBuffered, "buffered", "messages one after another, unframed (TBufferedTransport)"},
    {Transport::kFramed, "framed", "four bytes of length before each message (TFramedTransport)"},
});

constexpr std::string_view name(Transport transport) {
  return kTransports[static_cast<std::size_t>(transport)].name;
}

/// The transport of that name. Throws std::invalid_argument that lists the names.
Transport parse_transport(std::string_view name);

/// A client's transport over `socket`. `transport` must not be kAuto.
std::shared_ptr<apache::thrift::transport::TBufferBase> make_transport(
    Transport transport, const std::shared_ptr<apache::thrift::transport::TTransport>& socket,
    const Limits& limits);

}  // namespace timeservice::wire
