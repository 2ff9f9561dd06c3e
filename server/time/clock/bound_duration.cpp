#include "server/time/clock/bound_duration.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <stdexcept>

#include <fmt/format.h>

namespace timeservice::clock {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};

constexpr auto kUnits =
    std::to_array<Unit>({{"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}});
constexpr std::int64_t kLargest = std::int64_t{3600} * 1'000'000'000;

}  // namespace

std::chrono::nanoseconds parse_bound(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (error == std::errc{} && number > 0) {
    for (const Unit& unit : kUnits) {
      if (unit.name != rest) continue;
      if (number > kLargest / unit.nanoseconds) break;
      return std::chrono::nanoseconds(number * unit.nanoseconds);
    }
  }
  throw std::invalid_argument(
      fmt::format("'{}' is not an error above 0 and up to 3600s, such as 50us, 20ms or 1s", text));
}

std::string bound_text(std::chrono::nanoseconds bound) {
  const std::int64_t number = bound.count();
  if (number == 0) return "0";
  for (const Unit& unit : kUnits) {
    if (number % unit.nanoseconds == 0) return fmt::format("{}{}", number / unit.nanoseconds, unit.name);
  }
  return {};
}

}  // namespace timeservice::clock
