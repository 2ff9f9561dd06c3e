#include "wire/message_buffer.h"

#include <algorithm>
#include <cstring>

#include <thrift/transport/TTransportException.h>

#include "wire/limits.h"

namespace timeservice::wire {
namespace {

using apache::thrift::transport::TTransportException;

constexpr std::size_t kSmallReply = 512;
constexpr std::size_t kKeptReply = 64 * 1024;

std::shared_ptr<apache::thrift::TConfiguration> configuration(std::uint32_t nesting) {
  const auto bytes = static_cast<int>(kMaxMessageBytes);
  return std::make_shared<apache::thrift::TConfiguration>(bytes, bytes, static_cast<int>(nesting));
}

[[noreturn]] void end_of_message() {
  throw TTransportException(TTransportException::END_OF_FILE, "read past the end of the message");
}

}  // namespace

MessageInput::MessageInput(std::uint32_t nesting) : TBufferBase(configuration(nesting)) {}

std::uint32_t MessageInput::readSlow(std::uint8_t* buf, std::uint32_t len) {
  const auto given = std::min(len, static_cast<std::uint32_t>(rBound_ - rBase_));
  if (given == 0) end_of_message();
  std::memcpy(buf, rBase_, given);
  rBase_ += given;
  return given;
}

void MessageInput::writeSlow(const std::uint8_t*, std::uint32_t) {
  throw TTransportException(TTransportException::BAD_ARGS, "a message that is read cannot be written to");
}

const std::uint8_t* MessageInput::borrowSlow(std::uint8_t*, std::uint32_t*) { return nullptr; }

MessageOutput::MessageOutput() : TBufferBase(configuration(64)), buffer_(kSmallReply) {
  setWriteBuffer(buffer_.data(), static_cast<std::uint32_t>(buffer_.size()));
}

void MessageOutput::clear() {
  if (buffer_.size() > kKeptReply) {
    buffer_ = std::vector<std::uint8_t>(kSmallReply);
    setWriteBuffer(buffer_.data(), static_cast<std::uint32_t>(buffer_.size()));
  }
  wBase_ = buffer_.data();
}

void MessageOutput::writeSlow(const std::uint8_t* buf, std::uint32_t len) {
  const std::size_t used = written().size();
  resize(std::max(buffer_.size() * 2, used + len));
  std::memcpy(wBase_, buf, len);
  wBase_ += len;
}

void MessageOutput::resize(std::size_t bytes) {
  if (bytes > UINT32_MAX) {
    throw TTransportException(TTransportException::BAD_ARGS, "a reply has at most 4 GiB");
  }
  const std::size_t used = written().size();
  buffer_.resize(bytes);
  setWriteBuffer(buffer_.data(), static_cast<std::uint32_t>(buffer_.size()));
  wBase_ = buffer_.data() + used;
}

std::uint32_t MessageOutput::readSlow(std::uint8_t*, std::uint32_t) { end_of_message(); }

const std::uint8_t* MessageOutput::borrowSlow(std::uint8_t*, std::uint32_t*) { return nullptr; }

}  // namespace timeservice::wire
