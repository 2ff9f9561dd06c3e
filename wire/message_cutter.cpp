#include "wire/message_cutter.h"

#include "wire/big_endian.h"

namespace timeservice::wire {
namespace {

std::variant<Message, WireError> check(MessageScanner& scanner, std::span<const std::uint8_t> payload) {
  const auto state = scanner.scan(payload);
  const std::size_t length = scanner.length();
  scanner.reset();
  if (state == MessageScanner::State::kBad) return scanner.error();
  if (state == MessageScanner::State::kNeedMore || length != payload.size()) return WireError::kMalformed;
  return Message{.payload = payload, .consumed = payload.size()};
}

}  // namespace

std::variant<NeedMore, Message, WireError> MessageCutter::next(std::span<const std::uint8_t> bytes) {
  return dialect_.transport == Transport::kFramed ? next_framed(bytes) : next_unframed(bytes);
}

std::variant<NeedMore, Message, WireError> MessageCutter::next_framed(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kFrameHeadBytes) return NeedMore{};
  const std::uint32_t length = read_big_endian32(bytes.data());
  if (length > 0x7fffffffu) return WireError::kNegativeSize;
  if (length > limits_.message_bytes) return WireError::kMessageTooLarge;
  if (bytes.size() < kFrameHeadBytes + length) return NeedMore{};
  auto checked = check(scanner_, bytes.subspan(kFrameHeadBytes, length));
  if (const auto* error = std::get_if<WireError>(&checked)) return *error;
  Message message = std::get<Message>(checked);
  message.consumed += kFrameHeadBytes;
  return message;
}

std::variant<NeedMore, Message, WireError> MessageCutter::next_unframed(std::span<const std::uint8_t> bytes) {
  switch (scanner_.scan(bytes)) {
    case MessageScanner::State::kNeedMore:
      return NeedMore{};
    case MessageScanner::State::kBad:
      return scanner_.error();
    case MessageScanner::State::kComplete:
      break;
  }
  const std::size_t length = scanner_.length();
  scanner_.reset();
  return Message{.payload = bytes.first(length), .consumed = length};
}

std::variant<Message, WireError> check_message(Protocol protocol, const Limits& limits,
                                               std::span<const std::uint8_t> payload) {
  MessageScanner scanner(protocol, limits);
  return check(scanner, payload);
}

}  // namespace timeservice::wire
