#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "server/time/zone/time_format.h"

namespace timeservice::zone {

/// A text that is not as the format says, or names no time. what() is part of a line.
class TextError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads a text from left to right, one conversion at a time. Each step throws TextError
/// that names the byte, from 1. Borrows the text.
class TextCursor {
 public:
  explicit TextCursor(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }
  /// Whether it comes next; then goes past it.
  bool take(char c);
  void expect(std::string_view literal);
  void expect_end() const;

  /// A number as the conversion says; with `full_width`, all its digits.
  std::int32_t number(const Conversion& conversion, bool full_width);
  /// 1 to 9 digits, or just 9, as nanoseconds.
  std::int32_t fraction(bool full_width);
  /// "Z", +hh:mm, +hh:mm:ss; unless `colons`, also +hhmm and +hhmmss. In seconds.
  std::int32_t offset(bool colons);
  /// A weekday, month or AM and PM, whatever its case; the number that it stands for.
  std::int32_t name(const Conversion& conversion);
  /// A count that may be negative. One that no i64 could hold becomes one that is out of
  /// the range of instants all the same.
  std::int64_t unix_second();

  [[noreturn]] void fail(const std::string& what) const;

 private:
  bool digit_next() const { return !at_end() && text_[at_] >= '0' && text_[at_] <= '9'; }
  /// Two digits, up to `most`.
  std::int32_t pair(std::int32_t most);

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace timeservice::zone
