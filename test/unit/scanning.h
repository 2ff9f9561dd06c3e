#pragma once

#include <functional>
#include <string>

#include <thrift/protocol/TProtocol.h>

#include "test/unit/bytes.h"
#include "test/unit/describe.h"
#include "test/unit/random_message.h"
#include "wire/message_scanner.h"

// What tests of the scanner share.
namespace timeservice::test {

/// What a new scanner answers to all of the bytes at once.
inline std::string scan_once(wire::Protocol protocol, const wire::Limits& limits, const Bytes& bytes) {
  wire::MessageScanner scanner(protocol, limits);
  return scanned(scanner, bytes);
}

inline std::string complete(const Bytes& message) { return fmt::format("complete {}", message.size()); }

/// A call whose struct has one field, which `write` writes.
inline Bytes call_with(wire::Protocol protocol, apache::thrift::protocol::TType type,
                       const std::function<void(apache::thrift::protocol::TProtocol&)>& write,
                       const std::string& method = "m") {
  return written_by_apache(protocol, [&](apache::thrift::protocol::TProtocol& out) {
    out.writeMessageBegin(method, apache::thrift::protocol::T_CALL, 1);
    out.writeStructBegin("");
    out.writeFieldBegin("", type, 1);
    write(out);
    out.writeFieldEnd();
    out.writeFieldStop();
    out.writeStructEnd();
    out.writeMessageEnd();
  });
}

}  // namespace timeservice::test
