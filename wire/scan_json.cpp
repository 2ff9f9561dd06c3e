// JSON, for MessageScanner: a message is one array, and ends with its bracket.
// What is between the brackets is decoded, and refused, by the protocol itself.
#include <string_view>

#include "wire/message_scanner.h"

namespace timeservice::wire {
namespace {

/// Thrift's JSON writes up to this many brackets for one struct or container.
constexpr std::size_t kBracketsPerLevel = 4;

bool is_space(std::uint8_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool is_in_number(std::uint8_t c) {
  return std::string_view("0123456789.+-eE").find(static_cast<char>(c)) != std::string_view::npos;
}

// What the last thing outside of strings was.
constexpr std::uint8_t kOpening = 0;  // or nothing yet
constexpr std::uint8_t kValue = 1;
constexpr std::uint8_t kSeparator = 2;
constexpr std::uint8_t kNumber = 3;

/// Whether a value stands where one is due, and none where none is.
bool may_follow(std::uint8_t before, std::uint8_t c) {
  const bool after_value = before == kValue || before == kNumber;
  if (c == ',' || c == ':') return after_value;
  if (c == ']' || c == '}') return before != kSeparator;
  if (c == '[' || c == '{' || c == '"') return !after_value;
  return is_in_number(c) && before != kValue;
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
      continue;
    }
    if (closers_.empty() && c != '[') return fail(WireError::kMalformed);
    if (is_space(c)) {
      if (before_ == kNumber) before_ = kValue;
      continue;
    }
    if (!may_follow(before_, c)) return fail(WireError::kMalformed);
    if (c == '[' || c == '{') {
      if (closers_.size() >= bracket_limit) return fail(WireError::kNestedTooDeep);
      closers_ += c == '[' ? ']' : '}';
      before_ = kOpening;
    } else if (c == ']' || c == '}') {
      if (closers_.back() != static_cast<char>(c)) return fail(WireError::kMalformed);
      closers_.pop_back();
      if (closers_.empty()) return State::kComplete;
      before_ = kValue;
    } else if (c == '"') {
      in_string_ = true;
      string_start_ = position_;
      before_ = kValue;
    } else {
      before_ = c == ',' || c == ':' ? kSeparator : kNumber;
    }
  }
  return State::kNeedMore;
}

}  // namespace timeservice::wire
