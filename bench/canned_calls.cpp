#include "bench/canned_calls.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <memory>

#include <fmt/format.h>
#include <thrift/TApplicationException.h>

#include "TimeService.h"
#include "wire/message_buffer.h"
#include "wire/protocol.h"

namespace timeservice::bench {
namespace {

using apache::thrift::TApplicationException;
using apache::thrift::protocol::TMessageType;
using apache::thrift::protocol::TProtocol;

constexpr std::int32_t kSeqid = 1;
constexpr const char* kMethod = "get_time";
constexpr std::string_view kSomeTime = "Thu Jan  1 00:00:00 1970";
constexpr std::size_t kFrameHead = 4;

/// The frame's length before the payload where the dialect has frames.
Bytes sent(wire::Dialect dialect, std::span<const std::uint8_t> payload) {
  Bytes bytes;
  if (dialect.transport == wire::Transport::kFramed) {
    for (const int shift : {24, 16, 8, 0})
      bytes.push_back(static_cast<std::uint8_t>(payload.size() >> shift));
  }
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

/// A message, whose body `body` writes.
template <typename Body>
Bytes message(wire::Dialect dialect, TMessageType type, const Body& body) {
  const auto output = std::make_shared<wire::MessageOutput>();
  const auto protocol = wire::make_protocol(dialect.protocol, output, {});
  protocol->writeMessageBegin(kMethod, type, kSeqid);
  body.write(protocol.get());
  protocol->writeMessageEnd();
  return sent(dialect, output->written());
}

std::string read_result(TProtocol& protocol) {
  std::string method;
  TMessageType type{};
  std::int32_t seqid = 0;
  protocol.readMessageBegin(method, type, seqid);
  if (type == apache::thrift::protocol::T_EXCEPTION) {
    TApplicationException error;
    error.read(&protocol);
    throw error;
  }
  TimeService_get_time_result result;
  result.read(&protocol);
  protocol.readMessageEnd();
  if (!result.__isset.success) throw std::invalid_argument("it holds no result");
  return result.success;
}

/// Whether it is an instant as ctime(3) writes it.
bool is_ctime(const std::string& text) {
  constexpr const char* kLayout = "%a %b %e %H:%M:%S %Y";
  std::tm time{};
  const char* end = ::strptime(text.c_str(), kLayout, &time);
  if (end == nullptr || *end != '\0') return false;
  char again[64];
  return text == std::string_view(again, std::strftime(again, sizeof again, kLayout, &time));
}

}  // namespace

CannedCalls::CannedCalls(wire::Dialect dialect)
    : dialect_(dialect),
      request_(message(dialect, apache::thrift::protocol::T_CALL, TimeService_get_time_args())),
      reply_size_(reply(kSomeTime).size()) {}

Bytes CannedCalls::reply(std::string_view text) const {
  TimeService_get_time_result result;
  result.success = text;
  result.__isset.success = true;
  return message(dialect_, apache::thrift::protocol::T_REPLY, result);
}

std::string CannedCalls::text_of(std::span<const std::uint8_t> reply) const {
  const std::size_t head = dialect_.transport == wire::Transport::kFramed ? kFrameHead : 0;
  const wire::Limits limits;
  const auto input = std::make_shared<wire::MessageInput>(limits.nesting);
  input->reset(reply.subspan(std::min(head, reply.size())));
  return read_result(*wire::make_protocol(dialect_.protocol, input, limits));
}

void ReplyCheck::check(std::span<const std::uint8_t> reply) {
  if (std::memcmp(reply.data(), good_.data(), good_.size()) != 0) decode(reply);
}

void ReplyCheck::decode(std::span<const std::uint8_t> reply) {
  std::string why;
  try {
    const std::string text = calls_.text_of(reply);
    const Bytes right = calls_.reply(text);
    if (!is_ctime(text)) {
      why = "its text is no time";
    } else if (!std::equal(reply.begin(), reply.end(), right.begin(), right.end())) {
      why = fmt::format("right would be '{}'", shown(right));
    } else {
      good_ = right;
      return;
    }
  } catch (const std::exception& error) {
    why = error.what();
  }
  throw WrongReply(fmt::format("a wrong reply: '{}': {}", shown(reply), why));
}

std::string shown(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    const bool printable = byte >= ' ' && byte <= '~' && byte != '\\' && byte != '\'';
    text += printable ? std::string(1, static_cast<char>(byte)) : fmt::format("\\x{:02x}", byte);
  }
  return text;
}

}  // namespace timeservice::bench
