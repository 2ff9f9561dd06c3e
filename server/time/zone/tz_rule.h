#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace timeservice::zone {

/// What a wall clock is set to: local time minus UTC, and what people call that.
struct WallOffset {
  std::int32_t offset_s = 0;
  std::string abbreviation = {};

  bool operator==(const WallOffset& other) const = default;
};

/// A rule for all years to come, as POSIX writes it in the variable TZ, with the
/// extensions of RFC 9636: "EST5EDT,M3.2.0,M11.1.0". A value.
class TzRule {
 public:
  /// Throws std::runtime_error.
  explicit TzRule(std::string_view text);

  /// When daylight saving starts and ends in a year, in seconds since 1970 UTC.
  struct Year {
    std::int64_t start_s;
    std::int64_t end_s;
  };

  const WallOffset& standard() const { return standard_; }
  /// None: it is standard time for good.
  const std::optional<WallOffset>& daylight() const { return daylight_; }
  /// Only with daylight().
  Year changes(std::int32_t year) const;

 private:
  enum class Kind { kDayWithoutLeapDay, kDayFromZero, kWeekdayOfMonth };
  struct Day {
    Kind kind;
    std::int32_t month, week, day;
    /// After the day's midnight; may be before it, and days later.
    std::int32_t time_s;
  };
  class Parser;

  static std::int64_t local_s(const Day& day, std::int32_t year);

  WallOffset standard_;
  std::optional<WallOffset> daylight_;
  Day start_ = {};
  Day end_ = {};
};

}  // namespace timeservice::zone
