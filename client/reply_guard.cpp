#include "client/reply_guard.h"

#include <limits>

#include <fmt/format.h>
#include <thrift/protocol/TProtocolException.h>

namespace timeservice::client {

using apache::thrift::protocol::TMessageType;
using apache::thrift::protocol::TProtocolException;

std::uint32_t ReplyGuard::writeMessageBegin_virt(const std::string& name, TMessageType type, std::int32_t) {
  method_ = name;
  number_ = number_ == std::numeric_limits<std::int32_t>::max() ? 1 : number_ + 1;
  receiving_ = false;
  answered_ = false;
  return TProtocolDecorator::writeMessageBegin_virt(name, type, number_);
}

std::uint32_t ReplyGuard::readMessageBegin_virt(std::string& name, TMessageType& type, std::int32_t& seqid) {
  receiving_ = true;
  const std::uint32_t bytes = TProtocolDecorator::readMessageBegin_virt(name, type, seqid);
  // A server that could not read the request's head cannot repeat it.
  if (type == apache::thrift::protocol::T_EXCEPTION) return bytes;
  if (type != apache::thrift::protocol::T_REPLY || name != method_ || seqid != number_) {
    throw TProtocolException(
        TProtocolException::INVALID_DATA,
        fmt::format("a message '{}' of type {}, number {}, where the reply to '{}', number {}, should be",
                    name.substr(0, 40), static_cast<int>(type), seqid, method_, number_));
  }
  return bytes;
}

std::uint32_t ReplyGuard::readMessageEnd_virt() {
  const std::uint32_t bytes = TProtocolDecorator::readMessageEnd_virt();
  answered_ = true;
  return bytes;
}

}  // namespace timeservice::client
