#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

#include "wire/detect.h"
#include "wire/limits.h"
#include "wire/message_scanner.h"

namespace timeservice::wire {

/// A frame's length, before its payload.
inline constexpr std::size_t kFrameHeadBytes = 4;

/// One message among the bytes that were given.
struct Message {
  /// The message itself, without a frame's length.
  std::span<const std::uint8_t> payload;
  /// Bytes to take from the front: the message and its frame's length.
  std::size_t consumed;
};

/// Cuts a connection's bytes into messages: by the frame's length, or by the
/// scanner. Whatever it lets through is well-formed and within the limits.
class MessageCutter {
 public:
  MessageCutter(Dialect dialect, const Limits& limits)
      : dialect_(dialect), limits_(limits), scanner_(dialect.protocol, limits) {}

  /// `bytes` begins where a message does, and holds all that has arrived since.
  std::variant<NeedMore, Message, WireError> next(std::span<const std::uint8_t> bytes);

  Dialect dialect() const { return dialect_; }

 private:
  std::variant<NeedMore, Message, WireError> next_framed(std::span<const std::uint8_t> bytes);
  std::variant<NeedMore, Message, WireError> next_unframed(std::span<const std::uint8_t> bytes);

  Dialect dialect_;
  Limits limits_;
  MessageScanner scanner_;
};

/// Whether `payload` is exactly one well-formed message within the limits.
std::variant<Message, WireError> check_message(Protocol protocol, const Limits& limits,
                                               std::span<const std::uint8_t> payload);

}  // namespace timeservice::wire
