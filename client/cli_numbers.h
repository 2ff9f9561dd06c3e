#pragma once

#include <chrono>
#include <string_view>

namespace timeservice::client {

/// Numbers of a command line. Both throw std::invalid_argument, which begins with
/// the text and says what would be right.

/// A whole number from `least` to `most`.
int parse_count(std::string_view text, int least, int most);

/// Seconds, as in "2" or "0.25", from 1 ms to `most`, to the nearest millisecond.
std::chrono::milliseconds parse_seconds(std::string_view text, std::chrono::milliseconds most);

}  // namespace timeservice::client
