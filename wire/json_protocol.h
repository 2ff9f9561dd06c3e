#pragma once

#include <cstdint>
#include <string>

#include <thrift/protocol/TJSONProtocol.h>

#include "wire/limited_protocol.h"

namespace timeservice::wire {

/// Thrift's JSON protocol, without what ends the process in its class (0.17):
/// base64 of nothing but padding reads far outside its string, and a byte above
/// 255 meets an assertion.
class JsonProtocol
    : public LimitedProtocol<
          apache::thrift::protocol::TVirtualProtocol<JsonProtocol, apache::thrift::protocol::TJSONProtocol>> {
 public:
  JsonProtocol(const Limits& limits, std::shared_ptr<apache::thrift::transport::TTransport> transport)
      : LimitedProtocol(limits, std::move(transport)) {}

  std::uint32_t readByte(std::int8_t& byte);
  std::uint32_t readBinary(std::string& bytes);
};

}  // namespace timeservice::wire
