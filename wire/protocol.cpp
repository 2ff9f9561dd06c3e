#include "wire/protocol.h"

#include <stdexcept>

#include "wire/json_protocol.h"
#include "wire/names.h"

namespace timeservice::wire {

Protocol parse_protocol(std::string_view name) { return row_named(kProtocols, name).protocol; }

std::shared_ptr<apache::thrift::protocol::TProtocol> make_protocol(
    Protocol protocol, const std::shared_ptr<apache::thrift::transport::TBufferBase>& transport,
    const Limits& limits) {
  const auto strings = static_cast<std::int32_t>(limits.string_bytes);
  const auto containers = static_cast<std::int32_t>(limits.container_elements);
  switch (protocol) {
    case Protocol::kBinary:
      // Strict both ways: a message without its version cannot be told from garbage.
      return std::make_shared<BinaryProtocol>(limits, transport, strings, containers, true, true);
    case Protocol::kCompact:
      return std::make_shared<CompactProtocol>(limits, transport, strings, containers);
    case Protocol::kJson:
      return std::make_shared<JsonProtocol>(limits, transport, limits.string_bytes);
    case Protocol::kAuto:
      break;
  }
  throw std::logic_error("make_protocol: 'auto' is no protocol that one can speak");
}

}  // namespace timeservice::wire
