// JSON, for MessageScanner: a message is one array, and ends with its bracket.
// What is between the brackets is decoded, and refused, by the protocol itself.
#include <string_view>

#include "wire/message_scanner.h"

namespace timeservice::wire {
namespace {

/// Thrift's JSON writes up to this many brackets for one struct or container.
constexpr std::size_t kBracketsPerLevel = 4;

bool may_stand_outside_strings(std::uint8_t c) {
  return std::string_view("0123456789,:.+-eE \t\r\n").find(static_cast<char>(c)) != std::string_view::npos;
}

}  // namespace

MessageScanner::State MessageScanner::scan_json() {
  const std::size_t bracket_limit = std::size_t{limits_.nesting} * kBracketsPerLevel;
  const auto fail = [this](WireError error) {
    bad(error);
    return State::kBad;
  };
  while (position_ < bytes_.size()) {
    if (position_ >= limits_.message_bytes) return fail(WireError::kMessageTooLarge);
    const std::uint8_t c = bytes_[position_++];
    if (in_string_) {
      if (position_ - string_start_ > std::size_t{limits_.string_bytes} + 1) {
        return fail(WireError::kStringTooLarge);
      }
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
      }
    } else if (c == '[' || c == '{') {
      if (closers_.size() >= bracket_limit) return fail(WireError::kNestedTooDeep);
      closers_ += c == '[' ? ']' : '}';
    } else if (closers_.empty()) {
      return fail(WireError::kMalformed);
    } else if (c == '"') {
      in_string_ = true;
      string_start_ = position_;
    } else if (c == ']' || c == '}') {
      if (closers_.back() != static_cast<char>(c)) return fail(WireError::kMalformed);
      closers_.pop_back();
      if (closers_.empty()) return State::kComplete;
    } else if (!may_stand_outside_strings(c)) {
      return fail(WireError::kMalformed);
    }
  }
  return State::kNeedMore;
}

}  // namespace timeservice::wire
