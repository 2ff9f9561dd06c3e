#include "wire/message_scanner.h"

#include "wire/big_endian.h"

namespace timeservice::wire {
void MessageScanner::reset() {
  position_ = 0;
  levels_.clear();
  pending_ = 0;
  head_done_ = false;
  closers_.clear();
  in_string_ = escaped_ = false;
  before_ = 0;
}

MessageScanner::State MessageScanner::scan(std::span<const std::uint8_t> bytes) {
  bytes_ = bytes;
  switch (protocol_) {
    case Protocol::kBinary:
      return scan_binary();
    case Protocol::kCompact:
      return scan_compact();
    case Protocol::kJson:
      return scan_json();
    case Protocol::kAuto:
      break;
  }
  bad(WireError::kUnknownProtocol);
  return State::kBad;
}

std::uint8_t MessageScanner::next_element() {
  Level& level = levels_.back();
  const bool is_value = level.is_map && level.left % 2 == 1;
  --level.left;
  return level.types[is_value ? 1 : 0];
}

MessageScanner::Step MessageScanner::open_struct() {
  if (levels_.size() >= limits_.nesting) return bad(WireError::kNestedTooDeep);
  levels_.push_back({.types = {0, 0}, .is_struct = true, .is_map = false, .left = 0});
  return Step::kDone;
}

MessageScanner::Step MessageScanner::open_container(std::uint64_t count, std::uint8_t first,
                                                    std::uint8_t second, bool is_map,
                                                    std::size_t least_bytes) {
  if (levels_.size() >= limits_.nesting) return bad(WireError::kNestedTooDeep);
  if (count > limits_.container_elements) return bad(WireError::kContainerTooLarge);
  // What the elements need at least must still fit into the message.
  if (position_ + count * least_bytes > limits_.message_bytes) return bad(WireError::kMessageTooLarge);
  if (count == 0) return Step::kDone;
  levels_.push_back(
      {.types = {first, second}, .is_struct = false, .is_map = is_map, .left = is_map ? count * 2 : count});
  return Step::kDone;
}

MessageScanner::Step MessageScanner::skip(std::uint64_t bytes) {
  if (position_ + bytes > limits_.message_bytes) return bad(WireError::kMessageTooLarge);
  // May step beyond what has arrived: whoever looks there asks have() first.
  position_ += bytes;
  return Step::kDone;
}

MessageScanner::Step MessageScanner::skip_string(std::uint64_t bytes) {
  if (bytes > 0x7fffffffu) return bad(WireError::kNegativeSize);
  if (bytes > limits_.string_bytes) return bad(WireError::kStringTooLarge);
  return skip(bytes);
}

MessageScanner::Step MessageScanner::bad(WireError error) {
  error_ = error;
  return Step::kBad;
}

std::uint32_t MessageScanner::big_endian32(std::size_t offset) const {
  return read_big_endian32(bytes_.data() + position_ + offset);
}

}  // namespace timeservice::wire
