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

struct UnitRow {
  std::string_view name;
  double ns;
};

/// Those that end like another come first.
constexpr UnitRow kUnits[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

/// Of "5ms" the number of nanoseconds; nothing where `text` is no such time.
std::optional<double> read_with_unit(std::string_view text) {
  for (const UnitRow& unit : kUnits) {
    if (!text.ends_with(unit.name)) continue;
    const std::string_view digits = text.substr(0, text.size() - unit.name.size());
    double number = 0;
    // from_chars() alone would take "nan", "-1", "1." and "1e3".
    if (digits.empty() || !is_digit(digits.front()) || !is_digit(digits.back())) break;
    if (digits.find_first_not_of("0123456789.") != std::string_view::npos || !read(digits, number)) break;
    return number * unit.ns;
  }
  return std::nullopt;
}

/// Of "5" too, which are seconds.
std::optional<double> read_seconds(std::string_view text) {
  if (const auto ns = read_with_unit(text)) return *ns / 1e9;
  double seconds = 0;
  if (!read(text, seconds)) return std::nullopt;
  return seconds;
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
  const double longest = static_cast<double>(most.count()) / 1000;
  const auto seconds = read_seconds(text);
  // Asked this way round, for "nan" is a number to from_chars().
  if (!seconds || !(*seconds >= 0.001 && *seconds <= longest)) {
    throw std::invalid_argument(fmt::format(
        "'{}' is no number of seconds from 0.001 to {}, nor such a time with its unit, as 500ms or 1m", text,
        longest));
  }
  return std::chrono::milliseconds(std::llround(*seconds * 1000));
}

std::chrono::nanoseconds parse_duration(std::string_view text) {
  const auto ns = read_with_unit(text);
  if (ns && *ns >= 1 && *ns <= 24 * 3600e9) return std::chrono::nanoseconds(std::llround(*ns));
  throw std::invalid_argument(fmt::format("'{}' is no duration from 1ns to 24h, such as 5ms", text));
}

std::optional<std::int64_t> parse_instant(std::string_view text) {
  std::int64_t ns = 0;
  if (!read(text, ns)) return std::nullopt;
  return ns;
}

}  // namespace timeservice::client
