#include "server/quantities.h"

#include <array>
#include <charconv>
#include <limits>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

namespace timeservice {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr auto kDurations = std::to_array<Unit>({{"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}});
constexpr auto kBytes =
    std::to_array<Unit>({{"GiB", 1u << 30}, {"MiB", 1u << 20}, {"KiB", 1u << 10}, {"", 1}});
constexpr auto kCounts = std::to_array<Unit>({{"", 1}});

constexpr std::chrono::hours kLongest{24 * 366};

template <typename Units>
std::uint64_t parse(std::string_view text, const Units& units, std::string_view like) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (error == std::errc{}) {
    for (const Unit& unit : units) {
      if (unit.name != rest) continue;
      if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / unit.factor) break;
      return number * unit.factor;
    }
    if (number == 0 && rest.empty()) return 0;
  }
  throw std::invalid_argument(fmt::format("'{}' is not {}", text, like));
}

/// A number alone is often meant as seconds, as other programs take it; "" for anything else.
std::string without_unit(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return "";
  return fmt::format(": it has no unit, write {}s for seconds", text);
}

template <typename Units>
std::string write(std::uint64_t number, const Units& units) {
  if (number == 0) return "0";
  for (const Unit& unit : units) {
    if (number % unit.factor == 0) return fmt::format("{}{}", number / unit.factor, unit.name);
  }
  return fmt::format("{}", number);
}

}  // namespace

std::chrono::milliseconds parse_duration(std::string_view text) {
  const std::chrono::milliseconds duration(
      parse(text, kDurations, "a duration such as 250ms, 10s, 5m, 1h or 0" + without_unit(text)));
  // So that it can be counted in nanoseconds too.
  if (duration > kLongest) throw std::invalid_argument(fmt::format("'{}' is more than a year", text));
  return duration;
}

std::uint64_t parse_bytes(std::string_view text) {
  return parse(text, kBytes, "a size such as 65536, 64KiB or 1MiB");
}

std::uint64_t parse_count(std::string_view text) { return parse(text, kCounts, "a whole number from 0"); }

std::string duration_text(std::chrono::milliseconds duration) {
  return write(static_cast<std::uint64_t>(duration.count()), kDurations);
}

std::string bytes_text(std::uint64_t bytes) { return write(bytes, kBytes); }

}  // namespace timeservice
