#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <thrift/TConfiguration.h>
#include <thrift/transport/TBufferTransports.h>

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

/// A transport that appends what is written to a buffer in memory, which grows.
class MessageOutput : public apache::thrift::transport::TBufferBase {
 public:
  MessageOutput();

  /// All that was written since the last clear().
  std::span<std::uint8_t> written() {
    return {buffer_.data(), static_cast<std::size_t>(wBase_ - buffer_.data())};
  }
  /// Forgets what was written behind the first `bytes`.
  void truncate(std::size_t bytes) { wBase_ = buffer_.data() + bytes; }
  /// Empties the buffer; gives its memory back where it has grown large.
  void clear();

  bool isOpen() const override { return true; }
  void open() override {}
  void close() override {}

 protected:
  std::uint32_t readSlow(std::uint8_t* buf, std::uint32_t len) override;
  void writeSlow(const std::uint8_t* buf, std::uint32_t len) override;
  const std::uint8_t* borrowSlow(std::uint8_t* buf, std::uint32_t* len) override;

 private:
  void resize(std::size_t bytes);

  std::vector<std::uint8_t> buffer_;
};

}  // namespace timeservice::wire
