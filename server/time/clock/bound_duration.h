#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace timeservice::clock {

/// Reads an error such as "200ns", "50us", "20ms" or "1s": above 0, and at most an hour,
/// beyond which no clock is worth a bound. Throws std::invalid_argument.
std::chrono::nanoseconds parse_bound(std::string_view text);

/// Writes it as it is read, in the largest unit that fits.
std::string bound_text(std::chrono::nanoseconds bound);

}  // namespace timeservice::clock
