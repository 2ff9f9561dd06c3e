#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/protocol/TCompactProtocol.h>
#include <thrift/transport/TBufferTransports.h>

#include "wire/limited_protocol.h"
#include "wire/limits.h"

namespace timeservice::wire {

/// How values become bytes. kAuto is for a server only: it follows the client.
enum class Protocol { kAuto, kBinary, kCompact, kJson };

/// The concrete classes that make_protocol() returns for binary and compact. A
/// generated XProcessorT<BinaryProtocol> is called without virtual protocol calls.
using BinaryProtocol =
    LimitedProtocol<apache::thrift::protocol::TBinaryProtocolT<apache::thrift::transport::TBufferBase>>;
using CompactProtocol =
    LimitedProtocol<apache::thrift::protocol::TCompactProtocolT<apache::thrift::transport::TBufferBase>>;

struct ProtocolRow {
  Protocol protocol;
  std::string_view name;
  std::string_view help;
};

/// THE table of protocols, in the order of the enumeration. It feeds --help,
/// validation and the round-trip tests.
inline constexpr auto kProtocols = std::to_array<ProtocolRow>({
    {Protocol::kAuto, "auto", "whatever the client speaks (server only)"},
    {Protocol::kBinary, "binary", "Thrift's binary protocol, strict: fixed-width numbers"},
    {Protocol::kCompact, "compact", "Thrift's compact protocol: variable-width numbers"},
    {Protocol::kJson, "json", "Thrift's JSON protocol, as Apache's libraries write it"},
});

constexpr std::string_view name(Protocol protocol) {
  return kProtocols[static_cast<std::size_t>(protocol)].name;
}

/// The protocol of that name. Throws std::invalid_argument that lists the names.
Protocol parse_protocol(std::string_view name);

/// A protocol that reads from and writes to `transport`, refusing strings and
/// containers over the limits. `protocol` must not be kAuto.
std::shared_ptr<apache::thrift::protocol::TProtocol> make_protocol(
    Protocol protocol, const std::shared_ptr<apache::thrift::transport::TBufferBase>& transport,
    const Limits& limits);

}  // namespace timeservice::wire
