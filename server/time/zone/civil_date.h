#pragma once

#include <cstdint>

namespace timeservice::zone {

/// A day of the Gregorian calendar, also before it was in use.
struct CivilDate {
  std::int32_t year = 1970;
  std::int32_t month = 1;
  std::int32_t day = 1;
};

/// A day of the ISO 8601 week calendar; Monday is 1.
struct WeekDate {
  std::int32_t year = 1970;
  std::int32_t week = 1;
  std::int32_t weekday = 4;
};

// Days are counted from 1970-01-01.
CivilDate date_of(std::int64_t day);
std::int64_t day_of(const CivilDate& date);
bool exists(const CivilDate& date);

/// Monday is 1.
std::int32_t weekday_of(std::int64_t day);
WeekDate week_date_of(std::int64_t day);
/// Also of a week that the year does not have: then week_date_of() gives another back.
std::int64_t day_of(const WeekDate& date);

/// From 1.
std::int32_t day_of_year(std::int64_t day);

}  // namespace timeservice::zone
