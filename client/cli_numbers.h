#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace timeservice::client {

/// Numbers of a command line. What throws, throws std::invalid_argument, which begins
/// with the text and says what would be right.

/// A whole number from `least` to `most`.
int parse_count(std::string_view text, int least, int most);

/// Seconds, as in "2" or "0.25", or a time with its unit, as in "500ms" or "1m", from 1 ms
/// to `most`, to the nearest millisecond.
std::chrono::milliseconds parse_seconds(std::string_view text, std::chrono::milliseconds most);

/// A time with its unit, as in "5ms", "1.5s" or "2h", from 1 ns to a day, to the nearest
/// nanosecond.
std::chrono::nanoseconds parse_duration(std::string_view text);

/// A count of nanoseconds since 1970; nothing where `text` is none, of 64 bits.
std::optional<std::int64_t> parse_instant(std::string_view text);

}  // namespace timeservice::client
