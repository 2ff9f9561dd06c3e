#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace timeservice {

/// Reads "250ms", "10s", "5m", "1h" or "0", up to a year. Throws std::invalid_argument.
std::chrono::milliseconds parse_duration(std::string_view text);

/// Reads "1048576", "64KiB" or "1MiB". Throws std::invalid_argument.
std::uint64_t parse_bytes(std::string_view text);

/// Reads a whole number from 0. Throws std::invalid_argument.
std::uint64_t parse_count(std::string_view text);

/// Writes them as they are read, in the largest unit that fits.
std::string duration_text(std::chrono::milliseconds duration);
std::string bytes_text(std::uint64_t bytes);

}  // namespace timeservice
