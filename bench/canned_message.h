#pragma once

#include <memory>
#include <span>

#include <thrift/TApplicationException.h>

#include "bench/measured_calls.h"
#include "wire/detect.h"
#include "wire/message_buffer.h"
#include "wire/protocol.h"

namespace timeservice::bench {

inline constexpr std::int32_t kSeqid = 1;
inline constexpr std::size_t kFrameHead = 4;

/// The payload as it is sent: behind its length where the dialect has frames.
inline Bytes sent(wire::Dialect dialect, std::span<const std::uint8_t> payload) {
  Bytes bytes;
  if (dialect.transport == wire::Transport::kFramed) {
    for (const int shift : {24, 16, 8, 0})
      bytes.push_back(static_cast<std::uint8_t>(payload.size() >> shift));
  }
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

/// A message, whose body `body` writes, as the bytes of its dialect.
template <typename Body>
Bytes canned_message(wire::Dialect dialect, const char* method, apache::thrift::protocol::TMessageType type,
                     const Body& body) {
  const auto output = std::make_shared<wire::MessageOutput>();
  const auto protocol = wire::make_protocol(dialect.protocol, output, {});
  protocol->writeMessageBegin(method, type, kSeqid);
  body.write(protocol.get());
  protocol->writeMessageEnd();
  return sent(dialect, output->written());
}

/// The result in a reply of that dialect. Throws what Thrift throws, also the exception that
/// the server sent instead.
template <typename Result>
Result result_of(wire::Dialect dialect, std::span<const std::uint8_t> reply) {
  const std::size_t head = dialect.transport == wire::Transport::kFramed ? kFrameHead : 0;
  const wire::Limits limits;
  const auto input = std::make_shared<wire::MessageInput>(limits.nesting);
  input->reset(reply.subspan(std::min(head, reply.size())));
  const auto protocol = wire::make_protocol(dialect.protocol, input, limits);
  std::string method;
  apache::thrift::protocol::TMessageType type{};
  std::int32_t seqid = 0;
  protocol->readMessageBegin(method, type, seqid);
  if (type == apache::thrift::protocol::T_EXCEPTION) {
    apache::thrift::TApplicationException error;
    error.read(protocol.get());
    throw error;
  }
  Result result;
  result.read(protocol.get());
  protocol->readMessageEnd();
  return result;
}

}  // namespace timeservice::bench
