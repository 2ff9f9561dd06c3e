#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include <thrift/TConfiguration.h>
#include <thrift/transport/TBufferTransports.h>

#include "wire/raw_bytes.h"
#include "wire/spare_memory.h"

namespace timeservice::wire {

/// A transport that reads one whole message from somebody else's bytes, and knows
/// its size: a container that declares more than the message holds is refused
/// before memory is taken for it.
class MessageInput : public apache::thrift::transport::TBufferBase {
 public:
  /// `nesting` is the deepest recursion that protocols may do on it.
  explicit MessageInput(std::uint32_t nesting);

  /// The bytes to read next; they must outlive the reading.
  void reset(std::span<const std::uint8_t> message) {
    // The base class wants a pointer to non-const, and only reads through it.
    setReadBuffer(const_cast<std::uint8_t*>(message.data()), static_cast<std::uint32_t>(message.size()));
    resetConsumedMessageSize();
    resetConsumedMessageSize(static_cast<long>(message.size()));
  }

  bool isOpen() const override { return true; }
  bool peek() override { return rBase_ < rBound_; }
  void open() override {}
  void close() override {}

 protected:
  std::uint32_t readSlow(std::uint8_t* buf, std::uint32_t len) override;
  void writeSlow(const std::uint8_t* buf, std::uint32_t len) override;
  const std::uint8_t* borrowSlow(std::uint8_t* buf, std::uint32_t* len) override;
};

/// What a MessageOutput keeps unless told otherwise, in bytes.
inline constexpr std::size_t kKeptReply = 72 * 1024;

/// A transport that appends what is written to a buffer in memory, which grows.
class MessageOutput : public apache::thrift::transport::TBufferBase {
 public:
  /// `kept`: the most memory, in bytes, that clear() keeps for what is written next. `spare`,
  /// where there is one, outlives it; more is taken from there, and given back.
  explicit MessageOutput(std::size_t kept = kKeptReply, SpareMemory* spare = nullptr);

  /// All that was written since the last clear().
  std::span<std::uint8_t> written() {
    return {buffer_.data(), static_cast<std::size_t>(wBase_ - buffer_.data())};
  }
  /// Forgets what was written behind the first `bytes`.
  void truncate(std::size_t bytes) { wBase_ = buffer_.data() + bytes; }
  /// Empties the buffer; gives its memory back where it has grown beyond what is kept.
  void clear();
  /// Of its memory, in bytes.
  std::size_t capacity() const { return buffer_.size(); }
  /// Empties the buffer by giving away its memory, which begins with written().
  RawBytes take();

  bool isOpen() const override { return true; }
  void open() override {}
  void close() override {}

 protected:
  std::uint32_t readSlow(std::uint8_t* buf, std::uint32_t len) override;
  void writeSlow(const std::uint8_t* buf, std::uint32_t len) override;
  const std::uint8_t* borrowSlow(std::uint8_t* buf, std::uint32_t* len) override;

 private:
  void grow(std::size_t bytes);
  RawBytes replace(RawBytes memory);

  const std::size_t kept_;
  SpareMemory* const spare_;
  RawBytes buffer_;
};

}  // namespace timeservice::wire
