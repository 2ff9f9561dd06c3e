#include "wire/message_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <thrift/transport/TTransportException.h>

#include "wire/limits.h"

namespace timeservice::wire {
namespace {

using apache::thrift::transport::TTransportException;

constexpr std::size_t kSmallReply = 512;

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

MessageOutput::MessageOutput(std::size_t kept, SpareMemory* spare)
    : TBufferBase(configuration(64)), kept_(kept), spare_(spare) {
  replace(RawBytes(kSmallReply));
}

void MessageOutput::clear() {
  if (buffer_.size() > kept_) give_memory(spare_, take());
  wBase_ = buffer_.data();
}

RawBytes MessageOutput::take() { return replace(RawBytes(kSmallReply)); }

RawBytes MessageOutput::replace(RawBytes memory) {
  RawBytes replaced = std::exchange(buffer_, std::move(memory));
  setWriteBuffer(buffer_.data(), static_cast<std::uint32_t>(buffer_.size()));
  return replaced;
}

// A little more than is asked for: what follows a large string is mostly short, and must not
// double the memory.
void MessageOutput::writeSlow(const std::uint8_t* buf, std::uint32_t len) {
  const std::size_t used = written().size();
  grow(std::max(buffer_.size() * 2, used + len + kSmallReply));
  std::memcpy(wBase_, buf, len);
  wBase_ += len;
}

void MessageOutput::grow(std::size_t bytes) {
  if (bytes > UINT32_MAX) {
    throw TTransportException(TTransportException::BAD_ARGS, "a reply has at most 4 GiB");
  }
  const std::size_t used = written().size();
  RawBytes larger = take_memory(spare_, bytes);
  std::memcpy(larger.data(), buffer_.data(), used);
  give_memory(spare_, replace(std::move(larger)));
  wBase_ += used;
}

std::uint32_t MessageOutput::readSlow(std::uint8_t*, std::uint32_t) { end_of_message(); }

const std::uint8_t* MessageOutput::borrowSlow(std::uint8_t*, std::uint32_t*) { return nullptr; }

}  // namespace timeservice::wire
