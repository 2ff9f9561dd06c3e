#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <thrift/protocol/TProtocol.h>
#include <thrift/protocol/TProtocolException.h>
#include <thrift/transport/TBufferTransports.h>

#include "wire/protocol.h"

// What tests of the JSON protocol share.
namespace timeservice::test {

using apache::thrift::protocol::TProtocol;

inline std::shared_ptr<apache::thrift::transport::TMemoryBuffer> buffer_of(std::string_view text) {
  const auto buffer = std::make_shared<apache::thrift::transport::TMemoryBuffer>();
  buffer->write(reinterpret_cast<const std::uint8_t*>(text.data()), static_cast<std::uint32_t>(text.size()));
  return buffer;
}

/// A protocol that reads `text`.
inline std::shared_ptr<TProtocol> json_of(std::string_view text, const wire::Limits& limits = {}) {
  return wire::make_protocol(wire::Protocol::kJson, buffer_of(text), limits);
}

/// What `read()` returns, or "refused".
template <typename Read>
std::string or_refused(Read read) {
  try {
    return read();
  } catch (const apache::thrift::protocol::TProtocolException&) {
    return "refused";
  }
}

/// What `read` reads of `text`, or "refused".
template <typename Value>
std::string read_as(std::uint32_t (TProtocol::*read)(Value&), std::string_view text,
                    const wire::Limits& limits = {}) {
  return or_refused([&] {
    Value value{};
    (json_of(text, limits).get()->*read)(value);
    return fmt::format("{}", value);
  });
}

}  // namespace timeservice::test
