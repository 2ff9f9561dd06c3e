#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "wire/detect.h"
#include "wire/limits.h"
#include "wire/message_cutter.h"
#include "wire/protocol.h"
#include "wire/transport.h"

namespace timeservice::wire {

/// The messages in one connection's bytes: tells from the first of them what the
/// client speaks, holds that against what the server was told to take, and cuts.
/// Knows bytes only, so whatever reads a connection can use it. One thread at a time.
class MessageStream {
 public:
  /// kAuto takes whatever the client speaks.
  MessageStream(Protocol protocol, Transport transport, const Limits& limits)
      : protocol_(protocol), transport_(transport), limits_(limits) {}

  /// The first message of `bytes`, which begin where a message does and hold all
  /// that has arrived since. After an error there is no going on.
  std::variant<NeedMore, Message, WireError> next(std::span<const std::uint8_t> bytes) {
    return cutter_ ? cutter_->next(bytes) : first(bytes);
  }

  /// No message is to be let through from here on, whatever it is: each is refused for `why`,
  /// once it is known what the client speaks, or that this is nothing known.
  void refuse_all(WireError why) { refused_for_ = why; }

  /// What the client speaks, once its first bytes have told, also where that is refused.
  std::optional<Dialect> dialect() const;

  /// Whether messages come behind their length; false before it is known.
  bool framed() const { return cutter_ && cutter_->dialect().transport == Transport::kFramed; }

  /// What has arrived of the first message of `bytes`, without a frame's length.
  std::span<const std::uint8_t> payload_of(std::span<const std::uint8_t> bytes) const;

 private:
  std::variant<NeedMore, Message, WireError> first(std::span<const std::uint8_t> bytes);
  std::optional<WireError> detect_dialect(std::span<const std::uint8_t> bytes);

  Protocol protocol_;
  Transport transport_;
  Limits limits_;
  std::optional<WireError> refused_for_;
  std::optional<MessageCutter> cutter_;
};

}  // namespace timeservice::wire
