#include "client/cli_numbers.h"

#include <charconv>
#include <cmath>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>

namespace timeservice::client {
namespace {

/// Whether all of `text` is a number, which is then in `number`.
template <typename Number>
bool read(std::string_view text, Number& number) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && stop == end;
}

}  // namespace

int parse_count(std::string_view text, int least, int most) {
  int count = 0;
  if (!read(text, count) || count < least || count > most) {
    throw std::invalid_argument(fmt::format("'{}' is no whole number from {} to {}", text, least, most));
  }
  return count;
}

std::chrono::milliseconds parse_seconds(std::string_view text, std::chrono::milliseconds most) {
  double seconds = 0;
  const double longest = static_cast<double>(most.count()) / 1000;
  // Asked this way round, for "nan" is a number to from_chars().
  if (!read(text, seconds) || !(seconds >= 0.001 && seconds <= longest)) {
    throw std::invalid_argument(fmt::format("'{}' is no number of seconds from 0.001 to {}", text, longest));
  }
  return std::chrono::milliseconds(std::llround(seconds * 1000));
}

}  // namespace timeservice::client
