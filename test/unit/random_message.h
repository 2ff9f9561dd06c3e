#pragma once

#include <cstdint>
#include <memory>

#include <thrift/protocol/TProtocol.h>
#include <thrift/transport/TBufferTransports.h>

#include "test/unit/bytes.h"
#include "wire/protocol.h"

namespace timeservice::test {

/// The protocols that a connection may speak.
inline constexpr wire::Protocol kSpoken[] = {wire::Protocol::kBinary, wire::Protocol::kCompact,
                                             wire::Protocol::kJson};

/// Random numbers that are the same on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  /// From 0 to `limit` - 1.
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }
  bool one_in(std::uint64_t count) { return below(count) == 0; }

 private:
  std::uint64_t state_;
};

/// Apache's own protocol class for `protocol`, without limits.
std::shared_ptr<apache::thrift::protocol::TProtocol> apache_protocol(
    wire::Protocol protocol, std::shared_ptr<apache::thrift::transport::TMemoryBuffer> buffer);

/// What `write(protocol)` writes with Apache's class.
template <typename Write>
Bytes written_by_apache(wire::Protocol protocol, Write write) {
  const auto buffer = std::make_shared<apache::thrift::transport::TMemoryBuffer>();
  write(*apache_protocol(protocol, buffer));
  return from_text(buffer->getBufferAsString());
}

/// A well-formed message of random type and content, as Apache's class writes it:
/// structs, maps, sets and lists inside one another, of every scalar.
Bytes random_message(wire::Protocol protocol, Random& random);

}  // namespace timeservice::test
